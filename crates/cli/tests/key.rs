//! Keys in encrypted files: made, read, and refused where they are not what they say.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The example of the Web3 Secret Storage's own text: the password is `testpassword`.
const PUBLISHED: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;

fn key(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openimo"));
    command.current_dir(folder).env_remove("OPENIMO_KEYSTORE").env_remove("OPENIMO_PASSWORD_FILE").stdin(Stdio::null());
    command.arg("key").args(args).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn folder(password: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), password).unwrap();
    folder
}

const NEW: [&str; 5] = ["new", "--keystore", "key.json", "--password-file", "password"];
const ADDRESS: [&str; 5] = ["address", "--keystore", "key.json", "--password-file", "password"];

#[test]
fn a_new_key_says_whose_it_is_and_nothing_more() {
    let place = folder("correct horse battery\n");
    let made = key(place.path(), &NEW);
    assert!(made.status.success(), "{}", text(&made));
    let address = String::from_utf8(made.stdout).unwrap();
    assert_eq!(String::from_utf8(key(place.path(), &ADDRESS[..3]).stdout).unwrap(), address);
    let path = place.path().join("key.json");
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(kept["address"], address.trim().trim_start_matches("0x").to_lowercase());
    assert_eq!((&kept["version"], &kept["crypto"]["kdf"]), (&json!(3), &json!("scrypt")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // A key that is there is not overwritten.
    let again = key(place.path(), &NEW);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again).contains("is there already"), "{}", text(&again));
    assert_eq!(serde_json::from_str::<Value>(&std::fs::read_to_string(&path).unwrap()).unwrap(), kept);
}

#[test]
fn passwords_that_protect_nothing_are_refused() {
    for password in ["", "\n", "short\n", "elevenchars\n"] {
        let place = folder(password);
        let output = key(place.path(), &NEW);
        assert_eq!(output.status.code(), Some(2), "{password:?}");
        assert!(!place.path().join("key.json").exists());
    }
    let place = folder("x");
    std::fs::remove_file(place.path().join("password")).unwrap();
    assert!(text(&key(place.path(), &NEW)).contains("cannot read the password"));
}

#[test]
fn the_published_example_is_opened() {
    let place = folder("testpassword\n");
    std::fs::write(place.path().join("key.json"), PUBLISHED).unwrap();
    let output = key(place.path(), &ADDRESS);
    assert_eq!(text(&output).trim().to_lowercase(), "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b");
    std::fs::write(place.path().join("password"), "testpasswort\n").unwrap();
    let output = key(place.path(), &ADDRESS);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("the password is wrong"), "{}", text(&output));
}

#[test]
fn files_that_are_no_keys_are_named_and_harm_nothing() {
    let place = folder("testpassword\n");
    let good: Value = serde_json::from_str(PUBLISHED).unwrap();
    let change = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed.to_string()
    };
    let scrypt =
        |n: u64, r: u64| change("/crypto/kdf", json!("scrypt")).replace("\"c\":262144", &format!("\"n\":{n},\"r\":{r},\"p\":1"));
    for (file, wanted) in [
        ("{".to_owned(), "no JSON"),
        ("{}".to_owned(), "version 3"),
        (change("/version", json!(1)), "version 3"),
        (change("/crypto/cipher", json!("aes-256-cbc")), "aes-128-ctr"),
        (change("/crypto/cipherparams/iv", json!("00")), "aes-128-ctr"),
        (change("/crypto/ciphertext", json!("00")), "32 bytes"),
        (change("/crypto/mac", json!("zz")), "32 bytes"),
        (change("/crypto/kdfparams/dklen", json!(16)), "32 bytes"),
        (change("/crypto/kdfparams/c", json!(4_000_000_000u32)), "within bounds"),
        (scrypt(1 << 30, 8), "within bounds"),
        (scrypt(1000, 8), "within bounds"),
        (scrypt(0, 8), "within bounds"),
        (scrypt(8192, 1 << 60), "within bounds"),
        ("[".repeat(100_000), "too long"),
    ] {
        std::fs::write(place.path().join("key.json"), &file).unwrap();
        let output = key(place.path(), &ADDRESS);
        assert_eq!(output.status.code(), Some(2), "{wanted}: {}", text(&output));
        assert!(text(&output).contains(wanted), "{wanted}: {}", text(&output));
    }
    std::fs::remove_file(place.path().join("key.json")).unwrap();
    assert!(text(&key(place.path(), &ADDRESS)).contains("cannot use the keystore"));
}
