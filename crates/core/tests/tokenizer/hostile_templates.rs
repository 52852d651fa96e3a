//! Chat templates that try to do more than lay out a chat.

use std::collections::BTreeMap;

use openimo_core::request::Message;
use openimo_core::tokenizer::TokenizerError;
use openimo_core::tokenizer::template::ChatTemplate;
use proptest::prelude::*;

fn render(source: &str) -> Result<String, TokenizerError> {
    let chat = [Message::new("system", "Be brief."), Message::user("Hi"), Message::new("assistant", "Hello")];
    ChatTemplate::new(source, BTreeMap::new())?.render(&chat)
}

#[test]
fn work_is_bounded() {
    let loops = |body: &str| format!("{{% for i in range(90000) %}}{body}{{% endfor %}}");
    let nested = |body: &str| loops(&loops(body));
    let doubling = |grow: &str| format!("{{% set ns = namespace(x='ab', l=[1]) %}}{}{{{{ ns.x }}}}", loops(grow));
    let cases = [
        ("steps", nested("")),
        ("steps", nested("{% set x = 1 %}")),
        ("length", loops(&"long text ".repeat(100))),
        ("doubled text", doubling("{% set ns.x = ns.x ~ ns.x %}")),
        ("doubled text by +", doubling("{% set ns.x = ns.x + ns.x %}")),
        ("doubled by replace", doubling("{% set ns.x = ns.x.replace('a', ns.x) %}")),
        ("doubled by the filter", doubling("{% set ns.x = ns.x | replace('a', ns.x) %}")),
        ("doubled by join", doubling("{% set ns.x = [ns.x, ns.x] | join(ns.x) %}")),
        ("doubled by the method", doubling("{% set ns.x = ns.x.join([ns.x, ns.x]) %}")),
        ("doubled by a block", doubling("{% set x %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = x %}")),
        ("doubled list", doubling("{% set ns.l = ns.l + ns.l %}")),
        ("list in list", doubling("{% set ns.l = [ns.l, ns.l] %}")),
        ("quoted again and again", doubling("{% set ns.x = (ns.x ~ '\"') | tojson %}")),
        ("multiplied", "{{ 'x' * 90000000 }}".to_owned()),
        ("itself", "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}".to_owned()),
        ("itself in a list", "{% set ns = namespace() %}{% set ns.a = [ns] %}{{ ns | tojson }}".to_owned()),
        ("macro", "{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f('ab') }}".to_owned()),
        ("macro with two calls", "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f('ab') }}".to_owned()),
        ("macro with a default", "{% macro f(x, y=x ~ x) %}{{ f(y) }}{% endmacro %}{{ f('ab') }}".to_owned()),
        ("deep brackets", format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000))),
        ("deep ifs", format!("{}{}", "{% if true %}".repeat(5000), "{% endif %}".repeat(5000))),
        ("for in for", format!("{}x{}", "{% for i in range(9) %}".repeat(40), "{% endfor %}".repeat(40))),
        ("bound twice in one for", format!("{}{{{{ x }}}}{}", "{% for x in [x ~ x] %}".repeat(60), "{% endfor %}".repeat(60))),
    ];
    for (name, source) in cases {
        let start = std::time::Instant::now();
        let result = render(&source);
        let seconds = start.elapsed().as_secs();
        assert!(seconds < 20, "{name}: {seconds} s");
        match result {
            Err(TokenizerError::Exhausted(_) | TokenizerError::Template(_)) => (),
            Ok(text) => assert!(text.len() < 1 << 20, "{name}: {} bytes", text.len()),
            Err(other) => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn refusals_are_told_apart() {
    assert_eq!(render("{{ raise_exception('No ' ~ messages[0].role) }}"), Err(TokenizerError::Refused("No system".into())));
    assert_eq!(render("{{ strftime_now('%Y') }}"), Err(TokenizerError::Clock));
    assert_eq!(render("{{ 'now' if strftime_now is defined else 'then' }}").as_deref(), Ok("then"));
    for source in [
        "{{ nothing.x }}",
        "{{ unknown() }}",
        "{{ 'a' | unknown }}",
        "{{ 'a'.unknown() }}",
        "{{ 1 + 'a' }}",
        "{{ messages[7].role }}",
    ] {
        assert!(matches!(render(source), Err(TokenizerError::Template(_))), "{source}: {:?}", render(source));
    }
    assert_eq!(render("{{ nothing }}|{{ messages[0].nothing }}|{{ tools }}").as_deref(), Ok("||None"));
    assert_eq!(render("{{ loop }}{{ self }}{{ debug }}{{ lipsum }}{{ cycler }}").as_deref(), Ok(""));
    let long = [Message::user("x".repeat((1 << 23) + 1))];
    let result = ChatTemplate::new("{{ messages }}", BTreeMap::new()).unwrap().render(&long);
    assert!(matches!(result, Err(TokenizerError::TooLarge { .. })));
}

#[test]
fn long_chats_fit() {
    let source = "{% for m in messages %}{% set c = '<|' + m['role'] + '|>' + m['content'] | trim %}{{ c }}{% endfor %}";
    let template = ChatTemplate::new(source, BTreeMap::new()).unwrap();
    let chat: Vec<Message> = (0..20_000).map(|i| Message::user(format!("message {i}"))).collect();
    assert!(template.render(&chat).unwrap().ends_with("<|user|>message 19999"));
    let one = [Message::user("word ".repeat(200_000))];
    assert_eq!(template.render(&one).unwrap().len(), 8 + 5 * 200_000 - 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn soup_never_panics(parts in proptest::collection::vec(prop_oneof![
        Just("{{ "), Just(" }}"), Just("{%- "), Just(" -%}"), Just("{% "), Just(" %}"), Just("{#"), Just("#}"), Just("set x = "), Just("for m in messages"),
        Just("if "), Just("endif"), Just("endfor"), Just("endset"), Just("macro f(a, b=1)"), Just("endmacro"), Just("messages"), Just("m.content"), Just("[0]"),
        Just("["), Just("]"), Just("("), Just(")"), Just("'a'"), Just("\""), Just(" ~ "), Just(" + "), Just(" | "), Just("upper"), Just("tojson"), Just(".split('')"),
        Just(".replace('', 'b')"), Just("ns = namespace(a=1)"), Just("ns.a"), Just("set ns.a = ns"), Just("-1"), Just(" % 0"), Just(" // 0"), Just("[::0]"), Just("[::-1]"),
        Just("9223372036854775807"), Just(" * "), Just("{"), Just("}"), Just(":"), Just(","), Just("🦜"), Just("\n  "), Just("is none"), Just("generation"), Just("range(-5, 5, 2)"),
    ], 0..24)) {
        let _ = render(&parts.concat());
    }
}
