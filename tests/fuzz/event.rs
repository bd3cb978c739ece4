//! Any bytes as the file of a GitHub event: refused, or read without a panic. And any text as CODEOWNERS and as what a label or
//! a review says.

#![no_main]

use abigate::gate::acknowledge::{self, Approval, Commit, How, Standing};
use abigate::gate::code_owners;
use abigate::github::Event;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(event) = Event::parse(data) {
        let _ = format!("{event:?}");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, rest) = text.split_once('\n').unwrap_or((text, ""));
    let owners = code_owners::owners(rest, path);
    assert!(owners.people.iter().all(|name| !name.contains('/')));
    let (words, commit) = (["ABI-Break".to_owned()], Commit { author: None, message: rest.to_owned() });
    let commits = [commit];
    let asked = acknowledge::request(&commits, &words);
    let _ = acknowledge::misplaced(&commits, &words);
    let mut review = Approval::new(Some("bob".to_owned()), How::Review, Standing::Valid);
    review.text = Some(rest.to_owned());
    let label = Approval::new(None, How::Label(path.to_owned()), Standing::UnknownGiver);
    let (accepted, refused) = acknowledge::decisions(&[review, label], &words, asked.as_ref(), true, &[]);
    // A label that nobody gave accepts nothing.
    assert!(accepted.iter().all(|one| one.by.starts_with("bob")) && refused.len() <= 1);
});
