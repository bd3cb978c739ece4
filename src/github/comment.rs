//! The one comment at a pull request: known by a marker that nobody sees, edited in place, folded when all is well.

use super::Publication;
use super::cut;
use super::wire::ListedComment;

/// Characters that GitHub takes for a comment.
const LIMIT: usize = 65_536;

/// What the comment of that name begins with. A comment cannot end early, whatever the name.
pub(super) fn marker(name: &str) -> String {
    let name = name.replace(['<', '>', '\r', '\n'], " ").replace("--", "- -");
    format!("<!-- abigate:{name} -->")
}

/// The comment's text.
pub(super) fn body(publication: &Publication) -> String {
    let marker = marker(&publication.name);
    let (open, close) = if publication.is_clean {
        let title = html(cut::plain(&publication.title, 1000));
        (format!("<details>\n<summary>{title}</summary>\n\n"), "\n\n</details>\n")
    } else {
        (String::new(), "\n")
    };
    let room = LIMIT.saturating_sub(marker.len() + 1 + open.len() + close.len());
    let text = cut::markdown(&publication.comment_markdown, room);
    format!("{marker}\n{open}{text}{close}")
}

/// Whether it is the comment with that marker. Anybody may write one that begins like it, and could edit what it says
/// afterwards; so it has to be by a program or by somebody who may write to the repository anyway.
pub(super) fn is_ours(comment: &ListedComment, marker: &str) -> bool {
    let begins = comment.body.as_deref().is_some_and(|body| body.trim_start().starts_with(marker));
    let is_program = comment.user.as_ref().is_some_and(|user| user.kind == "Bot");
    let association = comment.author_association.as_deref();
    begins && (is_program || matches!(association, Some("OWNER" | "MEMBER" | "COLLABORATOR")))
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::Conclusion;
    use super::super::wire::User;
    use super::*;

    fn publication(is_clean: bool, comment: &str) -> Publication {
        Publication {
            name: "abigate / linux-x86_64".to_owned(),
            conclusion: Conclusion::Success,
            title: "std::vector<int> & more".to_owned(),
            summary_markdown: String::new(),
            text_markdown: String::new(),
            comment_markdown: comment.to_owned(),
            is_clean,
            annotations: Vec::new(),
            details_url: None,
        }
    }

    #[test]
    fn a_clean_comment_is_folded() {
        let start = "<!-- abigate:abigate / linux-x86_64 -->\n";
        assert_eq!(body(&publication(false, "text")), format!("{start}text\n"));
        assert_eq!(
            body(&publication(true, "text")),
            format!(
                "{start}<details>\n<summary>std::vector&lt;int&gt; &amp; more</summary>\n\ntext\n\n</details>\n"
            )
        );
    }

    #[test]
    fn a_long_comment_fits_and_is_closed() {
        let long = format!("<details>\n{}", "\u{e4}\u{f6}\u{fc}\n".repeat(20_000));
        let body = body(&publication(true, &long));
        assert!(body.len() <= LIMIT && body.len() > LIMIT - 200, "{}", body.len());
        assert_eq!(body.matches("<details>").count(), body.matches("</details>").count());
    }

    #[test]
    fn a_marker_cannot_end_early() {
        assert_eq!(marker("a --> b\n-"), "<!-- abigate:a - -  b - -->");
    }

    #[test]
    fn only_those_who_may_write_have_the_comment() {
        let is_ours = |body: &str, kind: &str, association: &str| {
            let user = Some(User { kind: kind.to_owned() });
            let (body, author_association) = (Some(body.to_owned()), Some(association.to_owned()));
            is_ours(&ListedComment { id: 1, body, user, author_association }, &marker("m"))
        };
        assert!(is_ours("<!-- abigate:m -->\ntext", "Bot", "NONE"));
        assert!(is_ours("<!-- abigate:m -->\ntext", "User", "MEMBER"));
        assert!(!is_ours("<!-- abigate:m -->\ntext", "User", "CONTRIBUTOR"));
        assert!(!is_ours("> <!-- abigate:m -->\ntext", "Bot", "NONE"));
        assert!(!is_ours("<!-- abigate:mm -->\ntext", "Bot", "NONE"));
    }
}
