//! `cargo xtask serve`: the pages, the built package and the imported models over HTTP, with the headers that a public host would send.
//!
//! `/` is `www/`, `/pkg/` the built package, `/models/` the cache's model files, `/demo/` what the demo made. Range requests are
//! answered, because a page fetches a model chunk by chunk.

mod http;

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::net::TcpListener;
use std::path::{Component, Path, PathBuf};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use http::{Answer, Body, Request};

use crate::paths;

#[derive(clap::Args, Clone)]
pub struct Args {
    /// Port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8017)]
    pub port: u16,
    /// Send the headers that make pages cross-origin isolated, so that two workers can share memory.
    #[arg(long)]
    pub isolated: bool,
}

/// A bound server: it answers after [`Site::start`].
pub struct Site {
    listener: TcpListener,
    isolated: bool,
    /// `http://127.0.0.1:PORT`
    pub origin: String,
}

/// No script or connection but the site's own, besides models and bundles that a person names by URL.
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; img-src 'self' data:; \
                   connect-src 'self' https: http://127.0.0.1:* http://localhost:* blob: data:; manifest-src 'self'; base-uri 'none'; \
                   form-action 'none'; frame-ancestors 'none'";

/// Serve until interrupted.
///
/// # Errors
/// If the port cannot be bound.
pub fn run(args: &Args) -> Result<()> {
    let site = Site::bind(args)?;
    println!("serving {}/{}", site.origin, if args.isolated { " (cross-origin isolated)" } else { "" });
    site.start().join().expect("the server thread panicked");
    Ok(())
}

impl Site {
    /// Bind the port.
    ///
    /// # Errors
    /// If it is taken.
    pub fn bind(args: &Args) -> Result<Self> {
        let listener =
            TcpListener::bind(("127.0.0.1", args.port)).with_context(|| format!("cannot serve on port {}", args.port))?;
        let origin = format!("http://{}", listener.local_addr()?);
        Ok(Self { listener, isolated: args.isolated, origin })
    }

    /// Answer requests from now on, on threads of their own.
    pub fn start(self) -> JoinHandle<()> {
        let isolated = self.isolated;
        http::serve(self.listener, move |request| answer(request, isolated))
    }
}

/// Serve one file to pages of any origin, on a thread of its own: its address.
///
/// # Errors
/// If there is no such file or no free port.
pub fn file(path: &Path) -> Result<String> {
    let path = path.canonicalize().with_context(|| format!("there is no {}", path.display()))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/model.imo", listener.local_addr()?);
    http::serve(listener, move |_| {
        let file = File::open(&path)?;
        let len = file.metadata()?.len();
        let headers = vec![("Access-Control-Allow-Origin", "*".into()), ("Cross-Origin-Resource-Policy", "cross-origin".into())];
        Ok(Answer { status: 200, headers, body: Body::File(file, len) })
    });
    Ok(url)
}

fn answer(request: &Request, isolated: bool) -> std::io::Result<Answer> {
    let empty = |status, headers| Ok(Answer { status, headers, body: Body::Text("") });
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return empty(405, vec![("Allow", "GET, HEAD".into())]);
    }
    let not_found = || Ok(Answer { status: 404, headers: Vec::new(), body: Body::Text("not found\n") });
    let Some(path) = locate(&request.target, &paths::root(), &paths::cache()) else { return not_found() };
    if path.is_dir() {
        // Relative links of a page need the slash.
        let folder = request.target.split(['?', '#']).next().unwrap_or("/");
        return empty(308, vec![("Location", format!("{folder}/"))]);
    }
    let Ok(mut file) = File::open(&path) else { return not_found() };
    let len = file.metadata()?.len();
    let mut headers = headers(&path, isolated);
    let (status, start, end) = match request.range.as_ref().map(|range| parse_range(range, len)) {
        None | Some(Range::Whole) => (200, 0, len),
        Some(Range::Part(start, end)) => (206, start, end),
        Some(Range::Unsatisfiable) => return empty(416, vec![("Content-Range", format!("bytes */{len}"))]),
    };
    if status == 206 {
        headers.push(("Content-Range", format!("bytes {start}-{}/{len}", end - 1)));
    }
    file.seek(SeekFrom::Start(start))?;
    Ok(Answer { status, headers, body: Body::File(file, end - start) })
}

/// The file that a URL names; a folder without its closing slash gives the folder.
fn locate(url: &str, root: &Path, cache: &Path) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let relative = PathBuf::from(path.trim_start_matches('/'));
    // Nothing above the served folders, and nothing percent-encoded: no served name needs it.
    if path.contains(['%', '\\']) || relative.components().any(|c| !matches!(c, Component::Normal(_))) {
        return None;
    }
    let strip = |prefix: &str| relative.strip_prefix(prefix).ok();
    let file = match (strip("pkg"), strip("models"), strip("demo")) {
        (Some(rest), _, _) => root.join("pkg").join(rest),
        (_, Some(rest), _) => cache.join(rest),
        (_, _, Some(rest)) => cache.join("demo").join(rest),
        _ => root.join("www").join(&relative),
    };
    let is_model_folder = strip("models").is_some();
    if is_model_folder && file.extension().is_none_or(|e| e != "imo") {
        return None;
    }
    let file = if path.ends_with('/') { file.join("index.html") } else { file };
    file.exists().then_some(file)
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    /// From, up to (exclusive).
    Part(u64, u64),
    Unsatisfiable,
}

/// One range of bytes (RFC 9110 §14); several, or another unit, are answered with the whole file.
fn parse_range(value: &str, len: u64) -> Range {
    let Some((from, to)) = value.strip_prefix("bytes=").filter(|v| !v.contains(',')).and_then(|v| v.split_once('-')) else {
        return Range::Whole;
    };
    let part = match (from.trim().parse::<u64>(), to.trim().parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.saturating_add(1).min(len)),
        (Ok(from), Err(_)) if to.trim().is_empty() => (from, len),
        (Err(_), Ok(last)) if from.trim().is_empty() => (len.saturating_sub(last), len),
        _ => return Range::Whole,
    };
    if part.0 >= part.1 { Range::Unsatisfiable } else { Range::Part(part.0, part.1) }
}

fn headers(path: &Path, isolated: bool) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("Content-Type", mime(path).to_owned()),
        ("Accept-Ranges", "bytes".to_owned()),
        ("Cache-Control", "no-cache".to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("Referrer-Policy", "no-referrer".to_owned()),
        ("Content-Security-Policy", CSP.to_owned()),
        ("Cross-Origin-Resource-Policy", "same-origin".to_owned()),
    ];
    if isolated {
        headers.push(("Cross-Origin-Opener-Policy", "same-origin".to_owned()));
        headers.push(("Cross-Origin-Embedder-Policy", "require-corp".to_owned()));
    }
    headers
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "md" | "txt" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        assert_eq!(parse_range("bytes=0-9", 100), Range::Part(0, 10));
        assert_eq!(parse_range("bytes=90-200", 100), Range::Part(90, 100));
        assert_eq!(parse_range("bytes=90-", 100), Range::Part(90, 100));
        assert_eq!(parse_range("bytes=-10", 100), Range::Part(90, 100));
        assert_eq!(parse_range("bytes=100-", 100), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=-0", 100), Range::Unsatisfiable);
        assert_eq!(parse_range("bytes=0-18446744073709551615", 100), Range::Part(0, 100));
        for odd in ["bytes=5-2", "bytes=a-b", "rows=0-1", "bytes=0-1,3-4", "bytes=-"] {
            assert_eq!(parse_range(odd, 100), Range::Whole, "{odd}");
        }
    }

    #[test]
    fn only_served_folders_are_reached() {
        let dir = tempfile::tempdir().unwrap();
        let (root, cache) = (dir.path().join("root"), dir.path().join("cache"));
        let files = [
            "root/www/index.html",
            "root/www/verify/index.html",
            "root/pkg/a.js",
            "cache/m.imo",
            "cache/m.gguf",
            "cache/demo/b.json",
            "secret",
        ];
        for file in files {
            let file = dir.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let found = |url: &str| locate(url, &root, &cache);
        assert_eq!(found("/"), Some(root.join("www/index.html")));
        assert_eq!(found("/verify/?source=/demo/b.json"), Some(root.join("www/verify/index.html")));
        assert_eq!(found("/verify"), Some(root.join("www/verify")));
        assert_eq!(found("/pkg/a.js"), Some(root.join("pkg/a.js")));
        assert_eq!(found("/models/m.imo"), Some(cache.join("m.imo")));
        assert_eq!(found("/demo/b.json"), Some(cache.join("demo/b.json")));
        for outside in [
            "/../secret",
            "/models/../../secret",
            "/models/m.gguf",
            "/%2e%2e/secret",
            "/gone.html",
            "/..\\secret",
            "//etc/passwd",
        ] {
            assert_eq!(found(outside), None, "{outside}");
        }
    }
}
