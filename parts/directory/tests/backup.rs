//! Backups on both databases: what comes back, and everything that is refused, each by its name.
#![cfg(test)]

mod setup;

use setup::{NOW, new_hub};
use std::path::{Path, PathBuf};

use ward_backup::BackupError;
use ward_directory::{BackedUp, DirectoryError, Here, Restore, restore};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, StoreError, test_both, values};

test_both!(
    an_installation_comes_back_whole,
    what_does_not_open_leaves_nothing,
    a_folder_or_database_in_use_stays_as_it_is,
    a_record_that_does_not_hold_is_neither_backed_up_nor_restored,
    a_backup_of_a_newer_program_is_refused,
);

const PASSPHRASE: &str = "a passphrase for the tests";

async fn hub(database: &TestDatabase) -> Here {
    let (here, _) = new_hub(database).await;
    number(&here).await;
    ward_directory::write_secret(&here.folder.join("keys/hub-1.token"), "secret\n").unwrap();
    here
}

async fn number(here: &Here) {
    ward_store::sequence(&here.store).await.unwrap();
    ward_store::sign_checkpoint(&here.store, &here.log_key, NOW).await.unwrap();
}

async fn backed_up(here: &Here, to: &Path) -> Result<BackedUp, DirectoryError> {
    let mut snapshot = here.store.begin_reading().await.unwrap();
    ward_directory::backup(here, &mut snapshot, &[], to, PASSPHRASE).await
}

/// How many entries say that a backup was begun, and how many that it was done.
async fn told(here: &Here) -> (usize, usize) {
    let of = async |act: &'static str| {
        here.store.fetch("SELECT id FROM entry WHERE act = $1", values![act]).await.unwrap().len()
    };
    (of("installation.backup-begun").await, of("installation.backed-up").await)
}

/// Into a new SQLite file in the folder, unless another database is named.
fn into<'a>(file: &'a Path, folder: &'a Path) -> Restore<'a> {
    let database = Some("sqlite:ward.sqlite");
    Restore { file, folder, database, passphrase: PASSPHRASE, clock: Some(Clock::Fixed(NOW + 1)) }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn an_installation_comes_back_whole(database: TestDatabase) {
    let here = hub(&database).await;
    let file = database.folder.join("backup");
    let done = backed_up(&here, &file).await.unwrap();
    assert_eq!((done.about.record.entries, done.about.name.as_str()), (1, "Test Hub"));
    assert_eq!(told(&here).await, (1, 1));
    // Where nothing can be written, that it was begun stands alone; what is refused before was never begun.
    assert!(backed_up(&here, &database.folder.join("nowhere/backup")).await.is_err());
    assert_eq!(told(&here).await, (2, 1));
    let mut snapshot = here.store.begin_reading().await.unwrap();
    let refused = ward_directory::backup(&here, &mut snapshot, &[], &database.folder.join("short"), "short").await;
    assert!(matches!(refused, Err(DirectoryError::Invalid(_))));
    drop(snapshot);
    assert_eq!(told(&here).await, (2, 1));
    assert!(!std::fs::read(&file).unwrap().windows(6).any(|window| window == b"secret"));
    // An empty folder that somebody made already is as good as none.
    let folder = database.folder.join("deep/below");
    std::fs::create_dir_all(&folder).unwrap();
    let options = into(&file, &folder);
    assert_eq!(restore(options).await.unwrap(), done.about);
    let again = ward_directory::open(&folder, None, Some(Clock::Fixed(NOW + 2))).await.unwrap();
    assert_eq!(again.installation, here.installation);
    assert_eq!(again.cursor_key, here.cursor_key);
    assert_eq!(names(&folder.join("keys")), names(&here.folder.join("keys")));
    for name in ["keys/log.key", "keys/cursor.key", "keys/hub-1.token", "origin"] {
        assert_eq!(std::fs::read(folder.join(name)).unwrap(), std::fs::read(here.folder.join(name)).unwrap(), "{name}");
    }
    assert_eq!(names(&database.folder.join("deep")), ["below"], "nothing is left beside");
    assert!(!folder.join("tables").exists());
    #[cfg(unix)]
    for (path, mode) in [(folder.clone(), 0o700), (folder.join("keys/log.key"), 0o600), (file, 0o600)] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
    number(&again).await;
    let held = ward_store::verify(&again.store, again.log_key.verifier_key()).await.unwrap().expect("holds");
    assert_eq!(held.entries, 2, "that it was restored is on the record");
}

async fn what_does_not_open_leaves_nothing(database: TestDatabase) {
    let here = hub(&database).await;
    let (file, place) = (database.folder.join("backup"), database.folder.join("place"));
    backed_up(&here, &file).await.unwrap();
    std::fs::create_dir(&place).unwrap();
    let folder = place.join("new");
    let bytes = std::fs::read(&file).unwrap();
    let other = database.folder.join("other");
    let refused = async |bytes: &[u8], passphrase: &str| {
        std::fs::write(&other, bytes).unwrap();
        let error = restore(Restore { passphrase, ..into(&other, &folder) }).await.unwrap_err().to_string();
        assert_eq!(names(&place), [""; 0], "{error}");
        error
    };
    assert!(refused(&bytes, "another passphrase").await.contains("the passphrase is not the one"));
    let middle = bytes.len() / 2;
    let flipped: Vec<u8> = bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == middle)).collect();
    assert!(refused(&flipped, PASSPHRASE).await.contains("the backup is damaged: chunk 0 (bytes 105 to "));
    assert!(refused(&bytes[..middle], PASSPHRASE).await.contains("the backup is damaged: chunk 0 (bytes 105 to "));
    assert!(refused(&bytes[..105], PASSPHRASE).await.contains("the backup is cut: it ends at byte 105"));
    assert!(refused(b"something else", PASSPHRASE).await.contains("is not a backup of Ward"));
    // Whole again, it opens.
    std::fs::write(&other, &bytes).unwrap();
    restore(into(&other, &folder)).await.unwrap();
}

async fn a_folder_or_database_in_use_stays_as_it_is(database: TestDatabase) {
    let here = hub(&database).await;
    let file = database.folder.join("backup");
    backed_up(&here, &file).await.unwrap();
    let before = names(&here.folder);
    let error = restore(into(&file, &here.folder)).await.unwrap_err();
    assert!(matches!(error, DirectoryError::NotEmpty(_)), "{error}");
    assert_eq!(names(&here.folder), before);
    // The database that the backup names is this installation's own, and still there.
    let folder: PathBuf = database.folder.join("new");
    let error = restore(Restore { database: None, ..into(&file, &folder) }).await.unwrap_err();
    assert!(matches!(error, DirectoryError::Store(StoreError::NotEmpty(_))), "{error}");
    assert!(!folder.exists());
    assert!(ward_store::verify(&here.store, here.log_key.verifier_key()).await.unwrap().is_ok());
    // A backup is never written over another, nor with a passphrase that is soon guessed.
    let bytes = std::fs::read(&file).unwrap();
    let error = backed_up(&here, &file).await.unwrap_err();
    assert!(matches!(error, DirectoryError::Backup(BackupError::File { .. })), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    let mut snapshot = here.store.begin_reading().await.unwrap();
    let short = ward_directory::backup(&here, &mut snapshot, &[], &database.folder.join("short"), "short").await;
    assert!(matches!(short, Err(DirectoryError::Invalid(_))), "{short:?}");
}

async fn a_record_that_does_not_hold_is_neither_backed_up_nor_restored(database: TestDatabase) {
    let here = hub(&database).await;
    let (file, folder) = (database.folder.join("backup"), database.folder.join("new"));
    // A backup whose log key is another one's: all digests are right, and the record does not hold under it.
    let own = std::fs::read(here.folder.join("keys/log.key")).unwrap();
    std::fs::write(here.folder.join("keys/log.key"), format!("{}\n", "42".repeat(32))).unwrap();
    backed_up(&here, &file).await.unwrap();
    let error = restore(into(&file, &folder)).await.unwrap_err().to_string();
    assert!(error.contains("`keys/log.key` in the backup is not what its manifest says"), "{error}");
    assert!(!folder.exists());
    std::fs::write(here.folder.join("keys/log.key"), own).unwrap();
    let mut tx = here.store.begin().await.unwrap();
    tx.execute("UPDATE organisation SET name = $1", values!["Another"]).await.unwrap();
    tx.commit().await.unwrap();
    let to = database.folder.join("broken");
    let error = backed_up(&here, &to).await.unwrap_err().to_string();
    assert!(error.starts_with("the record does not hold at entry 0: the row"), "{error}");
    assert!(!to.exists());
}

async fn a_backup_of_a_newer_program_is_refused(database: TestDatabase) {
    let here = hub(&database).await;
    let (file, folder) = (database.folder.join("backup"), database.folder.join("new"));
    let mut tx = here.store.begin().await.unwrap();
    let sql = "INSERT INTO migration (version, name, sha256) SELECT MAX(version) + 1, '9999_later', '' FROM migration";
    tx.execute(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
    backed_up(&here, &file).await.unwrap();
    let error = restore(into(&file, &folder)).await.unwrap_err().to_string();
    assert!(error.contains("newer than this program"), "{error}");
    assert!(!folder.exists());
}
