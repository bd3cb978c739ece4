//! Any bytes as a dump: what loads is written and read back equal, as lines and as YAML.

#![no_main]

use abigate::dump;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = dump::is_dump(data);
    let Ok(dumps) = dump::read(data) else { return };
    for dump in dumps {
        let text = dump::to_text(&dump);
        let again = dump::read(text.as_bytes()).expect("what was written can be read");
        assert_eq!(again, std::slice::from_ref(&dump));
        let yaml = dump::to_yaml(&dump).expect("plain data");
        let again = dump::read(yaml.as_bytes()).expect("what was written as YAML can be read");
        assert_eq!(again, [dump]);
    }
});
