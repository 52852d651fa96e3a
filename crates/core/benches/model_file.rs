//! Loading a model file, split into hashing, validating and packing. `cargo bench -p openimo-core --bench model_file [-- PATH]`;
//! without a path the file is a made-up one with the shapes of SmolLM2-135M.

use std::hint::black_box;
use std::io::Cursor;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use openimo_core::backend::{Backend, MatrixLoader};
use openimo_core::commit::merkle;
use openimo_core::model::config::{Config, RopePairing};
use openimo_core::model::file::{Header, ModelInfo, ModelWriter, Parsed, decode_leaf, load, matrix_shapes, norm_count};
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::simd::Simd;
use openimo_core::simd::keccak::keccak256_each;
use openimo_core::simd::level::Level;

fn main() {
    let path = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let file = path.map_or_else(made_up, |path| std::fs::read(path).expect("a readable file"));
    let megabytes = file.len() as f64 / 1e6;
    println!("file: {megabytes:.1} MB");
    for level in Level::available() {
        let leaves: Vec<&[u8]> = file.chunks(616).collect();
        report(&format!("keccak256 of leaves, {}", level.name()), megabytes, || keccak256_each(level, 0, &leaves));
    }
    let Parsed::Header(header) = Header::parse(&file).expect("a model file") else { panic!("the file is cut off") };
    report("hash: every chunk", megabytes, || {
        for chunk in header.chunks() {
            header.check_chunk(chunk.index, &file[chunk.offset as usize..][..chunk.len as usize]).expect("an intact chunk");
        }
    });
    let mut decoding = Duration::ZERO;
    report("decode and validate: every row", megabytes, || {
        decoding = Duration::ZERO;
        each_row(&header, &file, &mut decoding, |spec, row| row.validate(spec).expect("a valid row"));
    });
    println!("  of which decoding {:.1} ms", decoding.as_secs_f64() * 1e3);
    report("decode and pack: every row", megabytes, || {
        let backend = Simd::new(Level::detect());
        let mut loader = None;
        let mut rows = 0;
        each_row(&header, &file, &mut decoding, |spec, row| {
            loader.get_or_insert_with(|| backend.load(spec)).push(row);
            rows += 1;
            if rows == spec.rows {
                black_box(loader.take().map(MatrixLoader::finish));
                rows = 0;
            }
        });
    });
    report("load: all of it, one thread", megabytes, || load(&file, Simd::new(Level::detect())).expect("a valid model").id);
    black_box(merkle::leaf(&[]));
}

fn each_row(header: &Header, file: &[u8], decoding: &mut Duration, mut f: impl FnMut(&MatrixSpec, &Row)) {
    let mut at = header.len() as usize;
    let mut row = Row::default();
    for section in &header.manifest.sections {
        let layout = section.layout();
        if let Some(spec) = section.spec() {
            for index in 0..layout.leaves {
                let range = at + layout.leaf_offset(index) as usize..at + layout.leaf_offset(index + 1) as usize;
                let start = Instant::now();
                decode_leaf(spec, (index % layout.row_leaves) as usize, &file[range], &mut row).expect("a leaf");
                *decoding += start.elapsed();
                if (index + 1) % layout.row_leaves == 0 {
                    f(spec, &row);
                }
            }
        }
        at += layout.len as usize;
    }
}

fn report<T>(what: &str, megabytes: f64, mut f: impl FnMut() -> T) {
    let best = (0..5)
        .map(|_| {
            let start = cpu_time();
            black_box(f());
            cpu_time() - start
        })
        .min()
        .expect("five runs");
    println!("{what}: {:.1} ms, {:.0} MB/s", best.as_secs_f64() * 1e3, megabytes / best.as_secs_f64());
}

/// Time of this thread on its core, where the system tells it, so that a busy machine does not count; else the time of day.
fn cpu_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = stat.and_then(|s| s.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn made_up() -> Vec<u8> {
    let config = Config {
        d_model: 576,
        n_layers: 30,
        n_heads: 9,
        n_kv_heads: 3,
        head_dim: 64,
        d_ff: 1536,
        vocab: 49152,
        context: 8192,
        tied: true,
        fres: 12,
        eps: 96_637,
        rope_inc: (0..32).map(|i| 683_565_276 >> (i / 2)).collect(),
        rope_pairing: RopePairing::Adjacent,
        score_c: 47_274,
        score_ce: 18,
        sliding_window: None,
        image: None,
    };
    let specs: Vec<MatrixSpec> = matrix_shapes(&config)
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let (bits, has_m) = if i == 0 { (8, false) } else { (4, true) };
            MatrixSpec { rows: s.rows, cols: s.cols, block: 32, bits, has_m, has_bias: false, nslab: 1 }
        })
        .collect();
    let norms = vec![Norm { g: vec![1000; 576], eg: 10 }; norm_count(&config)];
    let info = ModelInfo { name: "made up".into(), licence: "CC0-1.0".into(), config, bos_id: None, stop_ids: vec![2] };
    let mut writer =
        ModelWriter::new(Cursor::new(Vec::new()), &info, &vec![b' '; 2 << 20], &norms, &specs).expect("a valid model");
    let mut state = 1u32;
    for spec in &specs {
        for _ in 0..spec.rows {
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state >> 16
            };
            let zero = spec.zero_point();
            let q = (0..spec.cols).map(|_| ((next() % (2 * zero as u32)) as i32 - zero) as i8).collect();
            let d = (0..spec.blocks()).map(|_| (next() % 300) as i16).collect();
            let m = (0..spec.blocks()).map(|_| if spec.has_m { (next() % 2000) as i16 - 1000 } else { 0 }).collect();
            writer.push(&Row { r: 40_000, re: 30, bias: None, d, m, q }).expect("a valid row");
        }
    }
    writer.finish().expect("all rows are in").1.into_inner()
}
