#!/usr/bin/env python3
"""Writes the vectors of this folder: what other programs make of the same tokenizers and chat templates.

    python3 -m venv venv && venv/bin/pip install tokenizers==0.22.2 jinja2==3.1.6
    venv/bin/python vectors/tokenizer/make.py [SmolLM2.gguf]

Each <style>.json has a small vocabulary trained on the text below, once as the metadata of a GGUF file (`gguf`) and once as the files
of a Hugging Face folder (`hf`), the ids that the Python package `tokenizers` gives for texts, the bytes they stand for, and what
Jinja2, set up as the `transformers` library does, makes of chats with the style's template. smollm2.json has no vocabulary: its cases
are those of the real model, and it is written only if the GGUF file is given.
"""
import json, struct, sys
from pathlib import Path

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
CORPUS = """All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act
towards one another in a spirit of brotherhood. Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft
und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen. Tous les êtres humains naissent libres et égaux en dignité
et en droits. Todos los seres humanos nacen libres e iguales en dignidad y derechos. Все люди рождаются свободными и равными в своем
достоинстве и правах. 人人生而自由,在尊严和权利上一律平等。 すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。
모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।
def main():\n    for i in range(10, 200):\n        print(f"{i} times: {i * 3}")\n    return {'a': 1, "b": [2, 3]}\n
The capital of France is Paris. What is the capital of Italy? I'm sure they're right; we'll see, it's 1234567 or 3.14159!\n\n"""
TEXTS = [
    "", " ", "a", "Hello", " Hello", "Hello, world!", "The capital of France is Paris.", "I'm, we'LL, they'Re, it's 'tis d'accord 'S",
    "  two  spaces   three    four ", "tab\tand\ttabs\t\t", "line\nline\n\nline\r\nline\r\r\n  \n x", "\n", "\n\n\n", "   \n   \n", "a \n b",
    "x" * 70, " " * 70 + "x", "1", "12", "123", "1234567890", "3.14159", "a1b22c333d4444", "١٢٣٤٥ ⅧⅨ ²³ ½ 𝟙𝟚𝟛", "CamelCaseWORDSAndmore ǅungla ʰello ªb",
    "Würde êtres ñandú Ελλάδα Все люди", "人人生而自由,在尊严和权利上一律平等。", "すべての人間は", "모든 인간은 태어날", "يولد جميع الناس أحرارا", "सभी मनुष्यों को",
    "🦜🦀👩‍👩‍👧‍👦🏳️‍🌈 🇫🇷❤️", "e\u0301 \u00e9 A\u030a \u1e9b\u0323 \u212b \u1100\u1161\u11a8", "\u00a0nbsp\u2003em\u3000wide\u200bzero\u2028ls\u0085nel",
    "\u0000\u0001\u001b[0m\u007f\u0080\u009f", "\u001c\u001d\u001e\u001f\u000b\u000c", "\ufeffbom \ufffd \U0010ffff \ue000", "$+<=>^~|`#@!?&*()[]{}%:;,./\\\"'-_",
    "a/b//c /// http://example.org/?q=1&r=2#x", "def f(x):\n    return x * 2  # comment\n", "{\"a\": [1, 2, {\"b\": null}]}", "▁under▁line ▁", "<0x0A> <0xFF>",
    "Ġ Ċ Ń", "<|im_start|>user\nHi<|im_end|>\n", "x<|im_end|><|im_end|> y", "<s>Hi</s> <unk>", "a<|eot_id|>b <|begin_of_text|>", "<|im_start", "[INST] Hi [/INST]",
]
CHATS = [
    [("user", "Hi")],
    [("system", "Be brief."), ("user", "What is the capital of France?")],
    [("user", "  Hi \n"), ("assistant", " Hello! "), ("user", "1 + 1 = ?\n\n")],
    [("system", " A \n"), ("user", "Ça va 🦜?"), ("assistant", "<b>\"Oui\" & non</b>"), ("user", "{{ x }} {% y %} <|im_end|>")],
    [("assistant", "I begin")],
    [("user", "a"), ("user", "b")],
    [("tool", "x")],
]

LLAMA2 = "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
LLAMA3 = "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
LLAMA32 = r'''{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- This block extracts the system message, so we can slot it into the right place. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{#- System message #}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\n" }}
{%- endif %}
{{- "Cutting Knowledge Date: December 2023\n" }}
{{- "Today Date: " + date_string + "\n\n" }}
{%- if tools is not none and not tools_in_user_message %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}

{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\n\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
'''
MISTRAL = r'''{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}

{#- This block checks for alternating user/assistant messages, skipping tool calling messages #}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}

{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
            {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- elif message["role"] == "tool_results" or message["role"] == "tool" %}
        {%- if message.content is defined and message.content.content is defined %}
            {%- set content = message.content.content %}
        {%- else %}
            {%- set content = message.content %}
        {%- endif %}
        {{- '[TOOL_RESULTS] {"content": ' + content|string + ", " }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
    {%- endif %}
{%- endfor %}
'''
QWEN25 = r'''{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' }}
    {%- endif %}
    {{- "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>" }}
    {%- for tool in tools %}
        {{- "\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\n' + message.content }}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<tool_response>\n' }}
        {{- message.content }}
        {{- '\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
'''
SMOLLM2 = "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
PYTHON = r'''{%- macro line(role, text, mark='*') -%}
{{ mark }} {{ role|upper }}: {{ text.strip().replace('\n', ' / ') }}
{% endmacro -%}
{% set ns = namespace(n=0, names=[]) %}
{% for m in messages if m.role != 'tool' %}
    {% set ns.n = ns.n + 1 %}
    {% set ns.names = ns.names + [m['role'].capitalize()] %}
    {% if m.content.startswith(('I ', 'i ')) %}{% continue %}{% endif %}
{{ line(m.role, m.content) }}{{ loop.index }}/{{ loop.length }} {{ m | tojson }} {{ m.content.split(' ')[-1] | default('none', true) }} {{ true }} {{ none }}
    {% generation %}{{ m.content.title() | lower | length }}{% endgeneration %}

{% endfor %}
{% set tail %}{{ ns.names | join(', ') }} {{ messages | map(attribute='role') | list | length }} {{ 'a' ~ 1 ~ 'b' }} {{ 7 // 2 }} {{ -7 % 3 }} {{ 'x' * 3 }} {{ [3, 1, 2] | sort | first }} {{ range(3) | list | last }}{% endset %}
{{ tail.rstrip() }} {% for k, v in {'a': 1, 'b': {'c': [1, 'é"']}}.items() %}{{ k }}={{ v | tojson }};{% endfor %} {{ {'a': [1, {'b': none}], 'c': {}} | tojson(indent=2) }}
{{ bos_token is defined }}{{ tools is none }}{{ nothing is defined }}{{ messages[::-1][0].role }}{{ 'b' in 'abc' and 'z' not in ['a'] }}{{ messages[0].get('x', 'dflt') }}
'''


def jinja(source, tokens):
    from jinja2.ext import Extension

    class Generation(Extension):
        tags = {"generation"}

        def parse(self, parser):
            from jinja2 import nodes
            line = next(parser.stream).lineno
            body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
            return nodes.CallBlock(self.call_method("_same"), [], [], body).set_lineno(line)

        def _same(self, caller):
            return caller()

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise TemplateError(message)

    env.globals["raise_exception"] = raise_exception
    template = env.from_string(source)

    def render(chat):
        messages = [{"role": r, "content": c} for r, c in chat]
        case = {"messages": messages}
        try:
            case["text"] = template.render(messages=messages, tools=None, documents=None, add_generation_prompt=True, **tokens)
        except TemplateError as e:
            case["refused"] = str(e)
        return case
    return render


GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
REGEX_LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
REGEX_QWEN2 = REGEX_LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
REGEX_TEKKEN = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def split(regex):
    return pre_tokenizers.Split(Regex(regex), behavior="isolated")


def byte_level(regex=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=regex)


PRE = {
    "default": [split(r"[\p{P}\$\+<=>\^~\|]+"), split(GPT2), split(r"\p{N}+"), split("[0-9][0-9][0-9]"), byte_level()],
    "gpt-2": [byte_level(True)],
    "smollm": [pre_tokenizers.Digits(individual_digits=True), byte_level(True)],
    "llama-bpe": [split(REGEX_LLAMA3), byte_level()],
    "qwen2": [split(REGEX_QWEN2), byte_level()],
    "tekken": [split(REGEX_TEKKEN), byte_level()],
}


def bytes_to_chars():
    bs = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    cs, n = bs[:], 0
    for b in range(256):
        if b not in bs:
            bs.append(b); cs.append(256 + n); n += 1
    return {chr(c): b for b, c in zip(bs, cs)}


CHAR_BYTES = bytes_to_chars()


def cases(tok, back, texts=TEXTS):
    out = []
    for text in texts:
        ids = tok.encode(text, add_special_tokens=False).ids
        out.append({"text": text, "ids": ids, "back": b"".join(back(i) for i in ids).decode("utf-8")})
    return out


def byte_level_style(name, pre, template, specials, specials_first, bos, eos, add_bos):
    tok = Tokenizer(models.BPE(ignore_merges=pre in ("llama-bpe", "tekken")))
    if pre == "qwen2":
        tok.normalizer = normalizers.NFC()
    tok.pre_tokenizer = pre_tokenizers.Sequence(PRE[pre])
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=420, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  special_tokens=specials if specials_first else [])
    tok.train_from_iterator(CORPUS.split("\n\n"), trainer)
    if not specials_first:
        tok.add_special_tokens(specials)
    if add_bos:
        tok.post_processor = processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tok.token_to_id(bos))])
    vocab = tok.get_vocab(with_added_tokens=True)
    tokens = [t for t, _ in sorted(vocab.items(), key=lambda x: x[1])]
    assert [vocab[t] for t in tokens] == list(range(len(tokens)))
    config = json.loads(tok.to_str())
    gguf = {"model": "gpt2", "pre": pre, "tokens": tokens, "token_types": [3 if t in specials else 1 for t in tokens],
            "merges": [" ".join(m) for m in config["model"]["merges"]], "eos_id": vocab[eos], "chat_template": template}
    tokens_seen = {"eos_token": eos}
    if bos:
        gguf["bos_id"] = vocab[bos]
        tokens_seen["bos_token"] = bos
    hf_config = {"chat_template": template, **tokens_seen}
    if not add_bos:
        hf_config["add_bos_token"] = False
        gguf["add_bos"] = False

    def back(i):
        t = tokens[i]
        return t.encode() if t in specials else bytes(CHAR_BYTES[c] for c in t)
    write(name, gguf, config, hf_config, {"eos_token_id": [vocab[eos]]}, cases(tok, back), template, tokens_seen, add_bos)


def generate_merges(vocab, scores):
    """As the transformers library derives merges of a SentencePiece model."""
    merges = []
    for piece, score in scores.items():
        local = [(piece[:i], piece[i:], score) for i in range(1, len(piece)) if piece[:i] in scores and piece[i:] in scores]
        merges.extend(sorted(local, key=lambda x: (vocab[x[0]], vocab[x[1]])))
    merges.sort(key=lambda m: (m[2], len(m[0]), len(m[1])), reverse=True)
    return [(a, b) for a, b, _ in merges]


def sentence_piece_style(name, template):
    train = Tokenizer(models.BPE())
    train.pre_tokenizer = pre_tokenizers.Metaspace()
    train.train_from_iterator(CORPUS.split("\n\n"), trainers.BpeTrainer(vocab_size=520, show_progress=False))
    learnt = json.loads(train.to_str())["model"]["merges"]
    pieces = []
    for a, b in learnt:
        if a + b not in pieces:
            pieces.append(a + b)
    chars = sorted(t for t in train.get_vocab() if len(t) == 1)
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + pieces + chars
    types = [2, 3, 3] + [6] * 256 + [1] * (len(pieces) + len(chars))
    scores = [0.0] * 259 + [-float(i) for i in range(len(pieces) + len(chars))]
    vocab = {t: i for i, t in enumerate(tokens)}
    normal = {t: s for t, s, k in zip(tokens, scores, types) if k == 1}
    tok = Tokenizer(models.BPE(vocab, generate_merges(vocab, normal), unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tok.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in tokens[:3]])
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tok.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tok.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    seen = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    gguf = {"model": "llama", "pre": "default", "tokens": tokens, "token_types": types, "scores": scores, "bos_id": 1, "eos_id": 2, "unk_id": 0, "chat_template": template}

    def back(i):
        return bytes([i - 3]) if 3 <= i < 259 else tokens[i].replace("▁", " ").encode()
    config = {"chat_template": template, **{k: {"__type": "AddedToken", "content": v} for k, v in seen.items()}}
    write(name, gguf, json.loads(tok.to_str()), config, None, cases(tok, back), template, seen, True)


def write(name, gguf, tokenizer, config, generation, texts, template, seen, add_bos):
    render = jinja(template, seen)
    vector = {"gguf": gguf, "hf": {"tokenizer": tokenizer, "tokenizer_config": config, "generation_config": generation},
              "add_bos": add_bos, "texts": texts, "chats": [render(c) for c in CHATS]}
    (HERE / f"{name}.json").write_text(json.dumps(vector, ensure_ascii=False, separators=(",", ":")) + "\n")


def templates():
    """More templates, without a tokenizer."""
    seen = {"bos_token": "<s>", "eos_token": "</s>"}
    out = []
    for name, source in [("llama-3.2", LLAMA32), ("mistral-v3", MISTRAL), ("python", PYTHON)]:
        render = jinja(source, seen)
        out.append({"name": name, "template": source, "tokens": seen, "chats": [render(c) for c in CHATS]})
    (HERE / "templates.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")


def smollm2(path):
    data, at = Path(path).read_bytes(), 0

    def take(fmt):
        nonlocal at
        value = struct.unpack_from("<" + fmt, data, at); at += struct.calcsize("<" + fmt)
        return value[0]

    def text():
        nonlocal at
        n = take("Q"); at += n
        return data[at - n:at].decode()

    def value(kind):
        if kind == 8: return text()
        if kind == 9:
            kind, n = take("I"), take("Q")
            return [value(kind) for _ in range(n)]
        return take({0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}[kind])
    at = 16
    kv = {}
    for _ in range(take("Q")):
        key = text(); kv[key] = value(take("I"))
    tokens, types = kv["tokenizer.ggml.tokens"], kv["tokenizer.ggml.token_type"]
    tok = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, [tuple(m.split(" ")) for m in kv["tokenizer.ggml.merges"]]))
    tok.pre_tokenizer = pre_tokenizers.Sequence(PRE[kv["tokenizer.ggml.pre"]])
    tok.add_special_tokens([AddedToken(t, special=True, normalized=False) for t, k in zip(tokens, types) if k == 3])
    back = lambda i: tokens[i].encode() if types[i] == 3 else bytes(CHAR_BYTES[c] for c in tokens[i])
    render = jinja(kv["tokenizer.chat_template"], {"bos_token": tokens[kv["tokenizer.ggml.bos_token_id"]], "eos_token": tokens[kv["tokenizer.ggml.eos_token_id"]]})
    chats = [render(c) for c in CHATS]
    for chat in chats:
        chat["ids"] = tok.encode(chat["text"], add_special_tokens=False).ids
    vector = {"texts": cases(tok, back, TEXTS + [CORPUS]), "chats": chats}
    (HERE / "smollm2.json").write_text(json.dumps(vector, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    im = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    llama = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    byte_level_style("smollm", "smollm", SMOLLM2, im, True, "<|im_start|>", "<|im_end|>", False)
    byte_level_style("qwen2", "qwen2", QWEN25, im, False, None, "<|im_end|>", False)
    byte_level_style("llama3", "llama-bpe", LLAMA3, llama, False, "<|begin_of_text|>", "<|eot_id|>", True)
    byte_level_style("tekken", "tekken", MISTRAL, ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"], True, "<s>", "</s>", True)
    byte_level_style("default", "default", SMOLLM2, im, True, "<|im_start|>", "<|im_end|>", False)
    byte_level_style("gpt-2", "gpt-2", SMOLLM2, im, True, "<|im_start|>", "<|im_end|>", False)
    sentence_piece_style("llama2", LLAMA2)
    templates()
    if len(sys.argv) > 1:
        smollm2(sys.argv[1])


if __name__ == "__main__":
    main()
