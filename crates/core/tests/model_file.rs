//! Memory that reading a head takes, whatever it says: below 16 times the bytes given plus 2 MiB. One test alone in its process, so
//! that nothing else is counted.

use openimo_core::model::file::{Header, MAGIC, Parsed};
use openimo_core::model::testing::{Sizes, Tiny};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn peak_of_parsing(file: &[u8]) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let parsed = Header::parse(file);
    let peak = MEMORY.peak_usage() - before;
    drop(parsed);
    peak
}

fn headed(manifest: &str) -> Vec<u8> {
    [&MAGIC[..], &(manifest.len() as u32).to_le_bytes(), manifest.as_bytes()].concat()
}

#[test]
fn memory_is_bounded_by_the_input() {
    let file = Tiny::sized(6, &Sizes { vocab: (3000, 3000), ..Sizes::default() }).imo();
    let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a valid file") };
    let valid = String::from_utf8(header.manifest.canonical()).unwrap();
    let many = |what: &str| vec![what; (3 << 20) / (what.len() + 1)].join(",");
    let sections = valid.find("\"sections\":[").unwrap() + "\"sections\":[".len();
    let with_sections = |what: &str| format!("{}{},{}", &valid[..sections], many(what), &valid[sections..]);
    let hostile = [
        valid.clone(),
        with_sections("{\"len\":0,\"name\":\"\"}"),
        with_sections("[]"),
        with_sections("{\"matrix\":{},\"name\":\"\"}"),
        valid.replace("\"rope_inc\":[", &format!("\"rope_inc\":[{},", many("0"))),
        valid.replace("\"stop_ids\":[", &format!("\"stop_ids\":[{},", many("0"))),
        valid.replace("\"name\":\"tiny\"", &format!("\"name\":\"{}\"", many("\\u0041"))),
        valid.replace("\"n_layers\":", "\"n_layers\":102"),
        valid.replace("\"format\"", &format!("\"x\":{}1,\"format\"", "[".repeat(1 << 20))),
        format!("{{\"format\":\"openimo-model\",\"version\":1,\"arithmetic\":\"CIS-1\",\"x\":[{}]}}", many("{}")),
    ];
    for manifest in &hostile {
        let file = headed(manifest);
        let peak = peak_of_parsing(&file);
        let bound = 16 * file.len() + (2 << 20);
        assert!(peak <= bound, "{peak} bytes for a head of {}: {}…", file.len(), &manifest[..200]);
    }
    let peak = peak_of_parsing(&file);
    assert!(peak <= 16 * header.len() as usize + (2 << 20), "{peak} bytes for a valid head of {}", header.len());
    // A length alone reserves nothing.
    assert!(peak_of_parsing(&[&MAGIC[..], &(4u32 << 20).to_le_bytes()].concat()) < 1024);
}
