//! The last resort: a bug becomes one line that asks for a report.

use std::any::Any;
use std::panic;
use std::sync::Mutex;

/// Where the first panic happened; the others only follow from it.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the standard library from printing a panic, unless the user asked for a backtrace.
pub(super) fn silence() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if let (Ok(mut place), Some(at)) = (PLACE.lock(), info.location()) {
            place.get_or_insert_with(|| format!("{}:{}", at.file(), at.line()));
        }
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
            usual(info);
        }
    }));
}

/// The line.
pub(super) fn sentence(payload: &(dyn Any + Send), inputs: &[String]) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("panic");
    let place = PLACE.lock().ok().and_then(|place| place.clone()).unwrap_or_default();
    let with = if inputs.is_empty() { String::new() } else { format!(" with {}", inputs.join(" ")) };
    let text = text.replace('\n', " ");
    format!("bug in abigate {} at {place}: {text}; please report it{with}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_input_and_text() {
        let inputs = ["a.so".to_owned(), "b.so".to_owned()];
        let line = sentence(&"index out of bounds\nmore", &inputs);
        assert!(line.ends_with("index out of bounds more; please report it with a.so b.so"), "{line}");
        let owned: Box<dyn Any + Send> = Box::new("text".to_owned());
        assert!(sentence(&*owned, &[]).ends_with(": text; please report it"));
        assert!(sentence(&7, &[]).contains("panic"));
    }
}
