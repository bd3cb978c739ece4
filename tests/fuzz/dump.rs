//! Any bytes as a dump: what loads is written and read back equal, as lines and as YAML.

#![no_main]

mod model;

use abigate::dump;
use libfuzzer_sys::fuzz_target;
use model::holds_each_key_once;

fuzz_target!(|data: &[u8]| {
    let _ = dump::is_dump(data);
    let Ok(dumps) = dump::read(data) else { return };
    for dump in dumps.into_iter().filter(|dump| holds_each_key_once(&dump.library)) {
        let text = dump::to_text(&dump);
        let again = dump::read(text.as_bytes()).expect("what was written can be read");
        assert_eq!(again, std::slice::from_ref(&dump));
        let yaml = dump::to_yaml(&dump).expect("plain data");
        let again = dump::read(yaml.as_bytes()).expect("what was written as YAML can be read");
        assert_eq!(again, [dump]);
    }
});
