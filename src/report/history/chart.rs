//! The figures of a library drawn: breaks of each release as stacked bars, exported symbols as a line.
//!
//! A self-contained SVG: no script, no style sheet, no font but the reader's. What tells the bars apart is their hatching,
//! so that it reads in black and white, and a title and a description say what is to be seen.

use std::io::{self, Write};

use super::super::style::markup::escaped;
use super::super::style::text_layout::{count, number};
use crate::history::{Figures, Table};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 480.0;
/// The edges of the plot.
const LEFT: f64 = 76.0;
const RIGHT: f64 = WIDTH - 92.0;
const TOP: f64 = 92.0;
const BOTTOM: f64 = HEIGHT - 76.0;

/// What a bar is filled with, in the order in which they are easiest to tell apart: background and strokes of a tile.
const HATCHES: [(&str, &str); 8] = [
    ("#1a1a1a", ""),
    ("#ffffff", "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4"),
    ("#ffffff", "M2,2 h1.6 v1.6 h-1.6 z M6,6 h1.6 v1.6 h-1.6 z"),
    ("#ffffff", "M0,4 h8"),
    ("#ffffff", "M4,0 v8"),
    ("#ffffff", "M0,0 l8,8 M8,0 l-8,8"),
    ("#bdbdbd", ""),
    ("#ffffff", "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4"),
];

/// Root causes of one tier and severity, release by release.
struct Series {
    label: String,
    values: Vec<usize>,
}

/// Draws the table. The same table gives the same bytes.
///
/// # Errors
/// Writing failed.
pub fn write(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let series = series(table);
    let bars = Axis::of((0..table.rows.len()).map(|at| series.iter().map(|s| s.values[at]).sum()));
    let exports = Axis::of(table.rows.iter().map(|row| row.now.as_ref().map_or(0, |now| now.exports)));
    let chart = Chart { table, series: &series, bars, exports };
    chart.write(out)
}

/// Breaking ones of all tiers, then risky ones; without those that there are none of.
fn series(table: &Table) -> Vec<Series> {
    let mut series = Vec::new();
    for is_breaking in [true, false] {
        for (at, tier) in table.tiers.iter().enumerate() {
            let value = |row: &Figures| {
                let breaks = row.since.as_ref().and_then(|since| since.tiers.get(at));
                breaks.map_or(0, |breaks| if is_breaking { breaks.breaking } else { breaks.risky })
            };
            let values: Vec<usize> = table.rows.iter().map(value).collect();
            if values.iter().any(|value| *value > 0) {
                let severity = if is_breaking { "breaking" } else { "risky" };
                series.push(Series { label: format!("{tier}, {severity}"), values });
            }
        }
    }
    series
}

/// From zero to a round number.
struct Axis {
    step: usize,
    steps: usize,
}

impl Axis {
    fn of(values: impl Iterator<Item = usize>) -> Axis {
        let most = values.max().unwrap_or(0).max(4);
        // 1, 2 or 5 times a power of ten, so that there are at most five of them.
        let mut unit = 1usize;
        loop {
            for factor in [1, 2, 5] {
                let step = unit.saturating_mul(factor);
                if step.saturating_mul(5) >= most {
                    return Axis { step, steps: most.div_ceil(step) };
                }
            }
            unit = unit.saturating_mul(10);
        }
    }

    fn ticks(&self) -> impl Iterator<Item = usize> {
        (0..=self.steps).map(|at| at * self.step)
    }

    /// Where a value is.
    fn y(&self, value: usize) -> f64 {
        BOTTOM - (BOTTOM - TOP) * value as f64 / (self.step * self.steps) as f64
    }
}

struct Chart<'t> {
    table: &'t Table,
    series: &'t [Series],
    bars: Axis,
    exports: Axis,
}

impl Chart<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        self.patterns(out)?;
        self.axes(out)?;
        self.columns(out)?;
        self.line(out)?;
        self.legend(out)?;
        writeln!(out, "</svg>")
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let table = self.table;
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"title desc\" \
             font-family=\"sans-serif\" font-size=\"12\" fill=\"#1a1a1a\">"
        )?;
        let title = escaped(&format!("ABI history of {} on {}", table.library, table.platform));
        writeln!(out, "<title id=\"title\">{title}</title>")?;
        writeln!(out, "<desc id=\"desc\">{}</desc>", escaped(&self.description()))?;
        writeln!(out, "<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>")?;
        writeln!(out, "<text x=\"{LEFT}\" y=\"26\" font-size=\"17\" font-weight=\"bold\">{title}</text>")
    }

    /// All figures in words, for who does not see them.
    fn description(&self) -> String {
        let mut sentences = vec![
            "Root causes of each release since the one before as bars, exported symbols as a line."
                .to_owned(),
        ];
        for (at, row) in self.table.rows.iter().enumerate() {
            let exports = match &row.now {
                Some(now) => count(now.exports, "exported symbol"),
                None => "absent".to_owned(),
            };
            let mut parts = vec![format!("{}: {exports}", row.release)];
            let told = self.series.iter().filter(|series| series.values[at] > 0);
            parts.extend(told.map(|series| format!("{} {}", number(series.values[at]), series.label)));
            sentences.push(format!("{}.", parts.join("; ")));
        }
        sentences.join(" ")
    }

    fn patterns(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<defs>")?;
        for (at, _) in self.series.iter().enumerate() {
            let (background, strokes) = HATCHES[at % HATCHES.len()];
            writeln!(
                out,
                "<pattern id=\"h{at}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
                 <rect width=\"8\" height=\"8\" fill=\"{background}\"/>\
                 <path d=\"{strokes}\" fill=\"none\" stroke=\"#1a1a1a\" stroke-width=\"1.4\"/></pattern>"
            )?;
        }
        writeln!(out, "</defs>")
    }

    fn axes(&self, out: &mut dyn Write) -> io::Result<()> {
        for tick in self.bars.ticks() {
            let y = self.bars.y(tick);
            writeln!(out, "<path d=\"M{LEFT},{y:.1} H{RIGHT}\" stroke=\"#d0d0d0\"/>")?;
            let (x, y) = (LEFT - 8.0, y + 4.0);
            writeln!(out, "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>", number(tick))?;
        }
        for tick in self.exports.ticks() {
            let (x, y) = (RIGHT + 8.0, self.exports.y(tick));
            writeln!(out, "<path d=\"M{RIGHT},{y:.1} h5\" stroke=\"#1a1a1a\"/>")?;
            writeln!(out, "<text x=\"{x}\" y=\"{:.1}\">{}</text>", y + 4.0, number(tick))?;
        }
        let middle = (TOP + BOTTOM) / 2.0;
        writeln!(
            out,
            "<path d=\"M{LEFT},{TOP} V{BOTTOM} H{RIGHT} V{TOP}\" fill=\"none\" stroke=\"#1a1a1a\"/>"
        )?;
        let upright = |x: f64, turn: i32, text: &str| {
            format!(
                "<text transform=\"translate({x},{middle:.1}) rotate({turn})\" text-anchor=\"middle\">{text}</text>"
            )
        };
        writeln!(out, "{}", upright(20.0, -90, "root causes since the release before"))?;
        writeln!(out, "{}", upright(WIDTH - 14.0, 90, "exported symbols"))
    }

    /// The middle of a release's column.
    fn x(&self, at: usize) -> f64 {
        LEFT + (RIGHT - LEFT) * (at as f64 + 0.5) / self.table.rows.len().max(1) as f64
    }

    fn columns(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = ((RIGHT - LEFT) / self.table.rows.len().max(1) as f64 * 0.5).min(56.0);
        // Names beside each other as long as there is room for them.
        let widest = self.table.rows.iter().map(|row| row.release.chars().count()).max().unwrap_or(0);
        let is_tight = widest as f64 * 7.5 > width * 2.0;
        for (at, row) in self.table.rows.iter().enumerate() {
            let x = self.x(at);
            let name = escaped(&row.release);
            let y = BOTTOM + 18.0;
            match is_tight {
                true => writeln!(
                    out,
                    "<text transform=\"translate({x:.1},{y}) rotate(-35)\" text-anchor=\"end\">{name}</text>"
                )?,
                false => writeln!(out, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{name}</text>")?,
            }
            self.bar(at, x - width / 2.0, width, out)?;
        }
        Ok(())
    }

    fn bar(&self, at: usize, x: f64, width: f64, out: &mut dyn Write) -> io::Result<()> {
        let mut below = 0;
        for (number, series) in self.series.iter().enumerate().filter(|(_, series)| series.values[at] > 0) {
            let (foot, top) = (self.bars.y(below), self.bars.y(below + series.values[at]));
            let title =
                escaped(&format!("{}: {} {}", self.table.rows[at].release, series.values[at], series.label));
            writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"url(#h{number})\" \
                 stroke=\"#1a1a1a\"><title>{title}</title></rect>",
                foot - top
            )?;
            below += series.values[at];
        }
        if below == 0 {
            return Ok(());
        }
        let (x, y) = (x + width / 2.0, self.bars.y(below) - 5.0);
        writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" stroke=\"#ffffff\" stroke-width=\"3\" \
             paint-order=\"stroke\">{}</text>",
            number(below)
        )
    }

    /// Exported symbols; interrupted where the library is not there.
    fn line(&self, out: &mut dyn Write) -> io::Result<()> {
        let points: Vec<Option<(f64, f64)>> = self
            .table
            .rows
            .iter()
            .enumerate()
            .map(|(at, row)| row.now.as_ref().map(|now| (self.x(at), self.exports.y(now.exports))))
            .collect();
        let mut path = String::new();
        let mut is_drawing = false;
        for point in &points {
            if let Some((x, y)) = point {
                path += &format!("{}{x:.1},{y:.1} ", if is_drawing { 'L' } else { 'M' });
            }
            is_drawing = point.is_some();
        }
        // White around it, so that it is seen on the bars.
        for (color, width) in [("#ffffff", 5), ("#1a1a1a", 2)] {
            let path = path.trim_end();
            writeln!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"/>")?;
        }
        for ((x, y), row) in points.iter().zip(&self.table.rows).filter_map(|(p, row)| Some(((*p)?, row))) {
            let exports = row.now.as_ref().map_or(0, |now| now.exports);
            let title = escaped(&format!("{}: {}", row.release, count(exports, "exported symbol")));
            writeln!(
                out,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"#ffffff\" stroke=\"#1a1a1a\" \
                 stroke-width=\"2\"><title>{title}</title></circle>"
            )?;
        }
        Ok(())
    }

    fn legend(&self, out: &mut dyn Write) -> io::Result<()> {
        let (mut x, mut y) = (LEFT, 44.0);
        let labels =
            self.series.iter().map(|series| series.label.as_str()).chain(["exported symbols (right)"]);
        for (at, label) in labels.enumerate() {
            let width = 30.0 + label.chars().count() as f64 * 6.8 + 14.0;
            if x + width > WIDTH - 8.0 {
                (x, y) = (LEFT, y + 20.0);
            }
            match at < self.series.len() {
                true => writeln!(
                    out,
                    "<rect x=\"{x:.1}\" y=\"{y}\" width=\"22\" height=\"14\" fill=\"url(#h{at})\" stroke=\"#1a1a1a\"/>"
                )?,
                false => writeln!(
                    out,
                    "<path d=\"M{x:.1},{0} h22\" stroke=\"#1a1a1a\" stroke-width=\"2\"/><circle cx=\"{1:.1}\" cy=\"{0}\" \
                     r=\"4.5\" fill=\"#ffffff\" stroke=\"#1a1a1a\" stroke-width=\"2\"/>",
                    y + 7.0,
                    x + 11.0
                )?,
            }
            writeln!(out, "<text x=\"{:.1}\" y=\"{}\">{}</text>", x + 29.0, y + 11.5, escaped(label))?;
            x += width;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Breaks, Now, Since};

    fn table() -> Table {
        let now = |exports| Some(Now { exports, ..Now::default() });
        let since = |tiers: &[(usize, usize)]| {
            let tiers = tiers.iter().map(|&(breaking, risky)| Breaks { breaking, risky }).collect();
            Some(Since { tiers, ..Since::default() })
        };
        let row = |release: &str, now, since| Figures { release: release.to_owned(), now, since };
        Table {
            library: "lib<&>.so".to_owned(),
            platform: "linux-x86_64".to_owned(),
            tiers: vec!["stable".to_owned(), "public".to_owned()],
            rows: vec![
                row("v1", now(100), None),
                row("v2", now(120), since(&[(0, 0), (3, 2)])),
                row("v3", None, since(&[(0, 0), (0, 0)])),
                row("v4", now(7), since(&[(1, 0), (0, 5)])),
            ],
        }
    }

    fn drawn() -> String {
        let mut out = Vec::new();
        write(&table(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn axes_end_at_round_numbers() {
        let top = |most: usize| Axis::of([most].into_iter()).ticks().last();
        assert_eq!([top(0), top(7), top(45_650), top(696)], [Some(4), Some(8), Some(50_000), Some(800)]);
    }

    #[test]
    fn every_figure_is_said_in_words_as_well() {
        let svg = drawn();
        assert!(svg.contains("ABI history of lib&lt;&amp;&gt;.so"), "{svg}");
        assert!(svg.contains("v2: 120 exported symbols; 3 public, breaking; 2 public, risky."), "{svg}");
        assert!(svg.contains("v3: absent."), "{svg}");
        assert!(svg.contains("v4: 7 exported symbols; 1 stable, breaking; 5 public, risky."), "{svg}");
    }

    #[test]
    fn the_line_stops_where_the_library_is_not_there() {
        let svg = drawn();
        let path = svg.lines().find(|line| line.contains("stroke-width=\"5\"")).unwrap();
        assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 1), "{path}");
        // Three series and no more: nothing stable is risky.
        assert_eq!(svg.matches("<pattern").count(), 3);
        assert_eq!(svg, drawn());
    }
}
