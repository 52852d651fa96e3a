//! What a node and a watcher tell: metrics and health by HTTP, a log of JSON, and a log that cannot be written.

mod local;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alloy_primitives::{U256, address};
use local::disputes::{CLOCK, Scene, WINDOW, interrupted, other};
use local::ether;
use local::person::text;
use local::proxy::{Deed, proxy};
use local::served::Served;
use serde_json::Value;

/// A free port of this machine.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// The status and the body; 0 if nobody answers.
fn get(address: &str, path: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let Ok(mut response) = agent.get(format!("http://{address}{path}")).call() else { return (0, String::new()) };
    (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
}

/// The value of a metric, with its labels.
fn metric(address: &str, name: &str) -> f64 {
    let (_, text) = get(address, "/metrics");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(-1.0, |value| value.parse().unwrap())
}

#[test]
fn a_node_counts_what_it_does_and_logs_it_as_json() {
    let served = Served::new();
    let scene = &served.scene;
    let id = served.asks(served.request(41));
    let nonsense = served.asks(alloy_primitives::Bytes::from_static(b"?"));
    let address = free();
    let node = served.starts(&["--metrics", &address, "--log-format", "json"]);
    scene.waits("an answer", || served.answers(id) == 1);
    scene.waits("a round", || metric(&address, "openimo_requests{state=\"answered\"}") == 1.0);
    for (name, value) in [
        (concat!("openimo_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1.0),
        ("openimo_stake_wei", 1e18),
        ("openimo_requests{state=\"open\"}", 0.0),
        ("openimo_requests_ended_total{outcome=\"left\"}", 1.0),
        ("openimo_requests_ended_total{outcome=\"final\"}", 0.0),
        ("openimo_transactions_total{outcome=\"included\"}", 2.0),
        ("openimo_transactions_replaced_total", 0.0),
        ("openimo_model_run_seconds_count{run=\"generate\"}", 1.0),
        ("openimo_log_lines_lost_total", 0.0),
        ("openimo_stopping", 0.0),
    ] {
        assert_eq!(metric(&address, name), value, "{name}");
    }
    let left = metric(&address, "openimo_fee_budget_wei") + metric(&address, "openimo_fees_wei_total");
    assert!((left - 5e17).abs() < 1e12, "{left}");
    assert!(metric(&address, "openimo_block_timestamp_seconds") > 1.6e9);
    assert!(metric(&address, "openimo_last_round_timestamp_seconds") > 1.6e9);
    assert_eq!(get(&address, "/healthz"), (200, "ok\n".into()));
    assert_eq!((get(&address, "/").0, get(&address, "/metrics/x").0), (404, 404));
    scene.chain.pass_time(WINDOW);
    scene.waits("the result", || metric(&address, "openimo_requests_ended_total{outcome=\"final\"}") == 1.0);
    scene.waits("the bond", || metric(&address, "openimo_stake_wei") == 0.0);
    let said = interrupted(node);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    let once = ["listening", "serving", "generated", "committed", "answered", "final", "stopped"];
    for name in once {
        assert_eq!(events.iter().filter(|event| **event == name).count(), 1, "{name}: {said}");
    }
    let answered = lines.iter().find(|line| line["event"] == "answered").unwrap();
    assert_eq!((&answered["request"], &answered["level"]), (&id.to_string().into(), &"info".into()));
    assert_eq!(answered["message"], format!("answered request {id}"));
    assert!(answered["time"].as_str().unwrap().ends_with('Z'));
    let left = lines.iter().find(|line| line["event"] == "left").unwrap();
    assert_eq!((&left["request"], &left["level"]), (&nonsense.to_string().into(), &"warn".into()));
}

#[test]
fn a_watcher_counts_what_it_does() {
    let scene = Scene::new();
    let number = scene.assert(&scene.asserter(&other(4), 6).run);
    let address = free();
    let watcher = scene.starts(&["--metrics", &address]);
    scene.waits("a challenge", || scene.challenge(1).turn == 1);
    scene.waits("its bond", || metric(&address, "openimo_stake_wei") > 2e17);
    scene.chain.pass_time(CLOCK);
    scene.waits("a refutation", || metric(&address, "openimo_challenges_total{event=\"won\"}") == 1.0);
    for (name, value) in [
        ("openimo_assertions_examined_total{verdict=\"wrong\"}", 1.0),
        ("openimo_challenges_total{event=\"opened\"}", 1.0),
        ("openimo_challenges_total{event=\"lost\"}", 0.0),
        ("openimo_model_run_seconds_count{run=\"examine\"}", 1.0),
    ] {
        assert_eq!(metric(&address, name), value, "{name}");
    }
    let said = interrupted(watcher);
    assert!(
        said.contains(&format!("metrics at http://{address}/metrics")) && said.contains(&format!("refuted {number}")),
        "{said}"
    );
}

#[test]
fn a_program_is_well_once_a_round_succeeds() {
    let served = Served::new();
    let (address, is_away) = (free(), Arc::new(AtomicBool::new(true)));
    let away = Arc::clone(&is_away);
    // Logs are asked for in rounds alone.
    let node = proxy(&served.scene.chain.url, move |method, _| {
        if method == "eth_getLogs" && away.load(Ordering::Relaxed) { Deed::Status(400) } else { Deed::Pass }
    });
    let child = served.starts(&["--metrics", &address, "--rpc", &node]);
    served.scene.waits("a failed round", || metric(&address, "openimo_rounds_total{outcome=\"failed\"}") >= 1.0);
    assert_eq!(get(&address, "/healthz"), (503, "no round has succeeded yet\n".into()));
    is_away.store(false, Ordering::Relaxed);
    served.scene.waits("health", || get(&address, "/healthz").0 == 200);
    assert!(metric(&address, "openimo_rounds_total{outcome=\"done\"}") >= 1.0);
    interrupted(child);
}

#[test]
fn an_address_that_cannot_be_had_is_said_before_anything_else() {
    let served = Served::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let nobody = address!("0x0000000000000000000000000000000000000007").to_string();
    for verb in [["node", "--oracle"], ["watch", "--verifier"]] {
        let said = served.scene.ann.fails(&[&verb[..], &[&nobody, "--metrics", &address]].concat());
        assert!(said.contains(&format!("cannot serve metrics at {address}")) && said.contains("next: "), "{said}");
    }
}

#[test]
fn a_log_that_nobody_reads_any_more_stops_nothing() {
    let served = Served::new();
    let (first, address) = (served.asks(served.request(42)), free());
    // As with `| head -1`: one line is read, then the pipe is closed.
    let mut node = served.starts(&["--metrics", &address]);
    let mut line = String::new();
    BufReader::new(node.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("metrics at "), "{line}");
    drop(node.stderr.take());
    served.scene.waits("an answer", || served.answers(first) == 1);
    let second = served.asks(served.request(43));
    served.scene.waits("another answer", || served.answers(second) == 1);
    assert!(metric(&address, "openimo_log_lines_lost_total") >= 3.0);
    assert!(!interrupted(node).contains("panicked"));
}

#[test]
fn a_log_on_a_full_disk_stops_no_defence() {
    let served = Served::new();
    let id = served.asks(served.request(44));
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let node = served.scene.ann.command(&served.args(&[])).stdout(full()).stderr(full()).spawn().unwrap();
    served.scene.waits("an answer", || served.answers(id) == 1);
    served.scene.chain.pass_time(WINDOW);
    served.scene.waits("the result", || served.is_final(id));
    interrupted(node);

    let scene = Scene::new();
    let number = scene.assert(&scene.asserter(&other(4), 6).run);
    let verifier = scene.verifier.to_string();
    let watcher = scene.ann.command(&scene.args(&verifier, &[])).stdout(full()).stderr(full()).spawn().unwrap();
    scene.waits("a challenge", || scene.challenge(1).turn == 1);
    scene.chain.pass_time(CLOCK);
    scene.waits("a refutation", || scene.status(number) == 2);
    interrupted(watcher);
}

#[test]
fn a_disk_that_takes_nothing_costs_a_commitment_at_most() {
    let served = Served::new();
    let id = served.asks(served.request(45));
    // No file may have a byte: what the node writes fails as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    let child = || served.scene.ann.scripted(script, &served.args(&[])).spawn().unwrap();
    let node = child();
    served.scene.waits("an answer", || served.answers(id) == 1);
    let said = interrupted(node);
    assert!(said.contains("cannot keep the secret of commitments") && said.contains("File too large"), "{said}");
    // Another one finds the answer, and hands it over.
    let node = child();
    served.scene.chain.pass_time(WINDOW);
    served.scene.waits("the money", || served.balance() > ether(100) + ether(9) / U256::from(10));
    assert_eq!(served.answers(id), 1);
    interrupted(node);

    // A folder that cannot be there is no other matter.
    let again = served.asks(served.request(46));
    std::fs::remove_dir_all(served.scene.ann.path("state")).unwrap();
    std::fs::write(served.scene.ann.path("state"), "a file").unwrap();
    let node = served.starts(&[]);
    served.scene.waits("an answer", || served.answers(again) == 1);
    let output = interrupted(node);
    assert!(output.contains("cannot keep the secret of commitments"), "{output}");
}

#[test]
fn lines_are_as_they_were_unless_json_is_asked_for() {
    let served = Served::new();
    let oracle = served.oracle.to_string();
    let id = served.asks(alloy_primitives::Bytes::from_static(b"?"));
    let output = served.scene.ann.run(&["node", "--oracle", &oracle, "--model", "a.imo", "--from-block", "0", "--once"]);
    assert!(output.status.success(), "{}", text(&output));
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with(&format!("answering for {oracle} on chain 31337 with model ")), "{lines:?}");
    assert!(lines[1].starts_with(&format!("left request {id}: ")), "{lines:?}");
    assert!(lines.last().unwrap().starts_with("stopped; "), "{lines:?}");
}
