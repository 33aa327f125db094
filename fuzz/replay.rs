//! Calls a law with every input of a corpus, so that what fuzzing once reached is tested on every machine.

use std::path::Path;

/// Calls a law with each file of `fuzz/corpus/{target}`; the file that breaks it is named in the output.
pub fn replay(target: &str, law: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        law(&std::fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} holds nothing", folder.display());
}
