"""Makes the vectors of this folder. Independent of the importer: Python integers and fractions, and each row is compared with the
dequantisation of the PyPI package `gguf` (ggml's own Python code) before it is written.

    python -m venv v && v/bin/pip install gguf==0.19.0 numpy==2.4.6 && v/bin/python vectors/import/make.py
"""
import json, math, os, struct
from decimal import Decimal as De, getcontext
from fractions import Fraction as Fr

import gguf
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
RNG = np.random.default_rng(20240607)
L1MAX, UNIT = (1 << 24) - 1, Fr(1, 1 << 24)


def f16(raw, at):
    """The f16 at raw[at] in units of 2^-24."""
    v = Fr(struct.unpack_from('<e', raw, at)[0]) / UNIT
    assert v.denominator == 1
    return int(v)


def legacy(kind, raw):
    d = f16(raw, 0)
    if kind == 'Q8_0':
        return [b - 256 if b > 127 else b for b in raw[2:]], [d], [0]
    at, m = 2, 0
    if kind[-1] == '1':
        m, at = f16(raw, 2), 4
    top = 0
    if kind[1] == '5':
        top, at = int.from_bytes(raw[at:at + 4], 'little'), at + 4
    q = [b & 15 for b in raw[at:]] + [b >> 4 for b in raw[at:]]
    q = [v + 16 * (top >> j & 1) for j, v in enumerate(q)]
    c = 8 if kind[1] == '4' else 16
    return [v - c for v in q], [d], [m + c * d if kind[-1] == '1' else 0]


def six_bits(packed):
    """Eight (scale, min) pairs of Q4_K and Q5_K, as get_scale_min_k4 of ggml-quants.c reads them."""
    out = []
    for j in range(8):
        if j < 4:
            out.append((packed[j] & 63, packed[j + 4] & 63))
        else:
            out.append(((packed[j + 4] & 15) | ((packed[j - 4] >> 6) << 4), (packed[j + 4] >> 4) | ((packed[j] >> 6) << 4)))
    return out


def k_quant(kind, raw):
    if kind == 'Q6_K':
        ql, qh, sc, d = raw[:128], raw[128:192], raw[192:208], f16(raw, 208)
        q = [0] * 256
        for n in (0, 1):
            for l in range(32):
                lo, lo2, hi = ql[64 * n + l], ql[64 * n + l + 32], qh[32 * n + l]
                base = 128 * n + l
                q[base] = (lo & 15 | (hi & 3) << 4) - 32
                q[base + 32] = (lo2 & 15 | (hi >> 2 & 3) << 4) - 32
                q[base + 64] = (lo >> 4 | (hi >> 4 & 3) << 4) - 32
                q[base + 96] = (lo2 >> 4 | (hi >> 6 & 3) << 4) - 32
        return q, [d * (s - 256 if s > 127 else s) for s in sc], [0] * 16
    d, dmin, pairs = f16(raw, 0), f16(raw, 2), six_bits(raw[4:16])
    high, qs = (raw[16:48], raw[48:]) if kind == 'Q5_K' else (None, raw[16:])
    c = 16 if high else 8
    q = []
    for g in range(4):
        part = qs[32 * g:32 * g + 32]
        for half in (0, 1):
            for l, b in enumerate(part):
                v = b >> 4 if half else b & 15
                if high:
                    v += 16 * (high[l] >> (2 * g + half) & 1)
                q.append(v - c)
    ds = [d * s for s, _ in pairs]
    return q, ds, [c * x - dmin * mn for x, (_, mn) in zip(ds, pairs)]


def dense(kind, raw):
    size = 4 if kind == 'F32' else 2
    words = [int.from_bytes(raw[i:i + size], 'little') for i in range(0, len(raw), size)]
    if kind == 'F16':
        w = [Fr(struct.unpack('<e', v.to_bytes(2, 'little'))[0]) for v in words]
    else:
        w = [Fr(struct.unpack('<f', (v << 16 if kind == 'BF16' else v).to_bytes(4, 'little'))[0]) for v in words]
    q, d = [], []
    for b in range(0, len(w), 32):
        block = w[b:b + 32]
        s = round_f16(max(map(abs, block)) / 127)
        d.append(s)
        q += [max(-127, min(127, math.floor(v / (s * UNIT) + Fr(1, 2)))) if s else 0 for v in block]
    return q, d, [0] * len(d)


def round_f16(x):
    """Nearest f16, ties to even, in units of 2^-24."""
    x /= UNIT
    ulp = Fr(1)
    while x / ulp >= 2048:
        ulp *= 2
    n = x / ulp
    lo = math.floor(n)
    rest = n - lo
    n = lo + (1 if rest > Fr(1, 2) or rest == Fr(1, 2) and lo % 2 else 0)
    assert n * ulp <= 65504 << 24
    return int(n * ulp)


KINDS = {  # stored block elements, bytes, block, bits
    'F32': (32, 128, 32, 8), 'F16': (32, 64, 32, 8), 'BF16': (32, 64, 32, 8), 'Q4_0': (32, 18, 32, 4), 'Q4_1': (32, 20, 32, 4),
    'Q5_0': (32, 22, 32, 5), 'Q5_1': (32, 24, 32, 5), 'Q8_0': (32, 34, 32, 8), 'Q4_K': (256, 144, 32, 4), 'Q5_K': (256, 176, 32, 5),
    'Q6_K': (256, 210, 16, 6),
}


def decode(kind, raw):
    read = dense if kind in ('F32', 'F16', 'BF16') else k_quant if kind.endswith('_K') else legacy
    q, d, m = [], [], []
    step = len(raw) if read is dense else KINDS[kind][1]
    for at in range(0, len(raw), step):
        for out, part in zip((q, d, m), read(kind, raw[at:at + step])):
            out += part
    return q, d, m


def compare(kind, raw, q, d, m):
    """Against ggml's dequantisation, whose floats round: 2^-20 of the largest term of each element."""
    bs = KINDS[kind][2]
    ours = np.array([float((d[k // bs] * v + m[k // bs]) * UNIT) for k, v in enumerate(q)])
    theirs = gguf.quants.dequantize(np.frombuffer(raw, np.uint8), getattr(gguf.GGMLQuantizationType, kind)).astype(np.float64)
    size = np.array([float((abs(d[k // bs]) * 32 + abs(m[k // bs])) * UNIT) for k in range(len(q))])
    if kind in ('F32', 'F16', 'BF16'):  # the 8-bit blocks are ours: half a step (a step where a scale was rounded down and clamps)
        limit = np.array([float(abs(d[k // bs]) * UNIT) for k in range(len(q))]) * (0.5 + 127 * 2.0 ** -11) + 2.0 ** -24 * 128
    else:
        limit = size * 2.0 ** -20
    assert (np.abs(ours - theirs) <= limit).all(), (kind, np.abs(ours - theirs).max())


def convert(q, d, m, bs, nslab):
    """Section 4 of the semantics, literally; None where the row needs more slabs."""
    A = max(max(abs(x) for x in d), max(-(-abs(x) // 8) for x in m))
    if A == 0:
        return dict(range=4095, r=0, re=0, d=[0] * len(d), m=[0] * len(m), l1=0)
    Dm = 4095
    while True:
        D = [math.floor(Fr(2 * x * Dm + A, 2 * A)) for x in d]
        M = [math.floor(Fr(2 * x * Dm + A, 2 * A)) for x in m]
        W = [D[k // bs] * v + M[k // bs] for k, v in enumerate(q)]
        slab = len(q) // nslab
        L1 = max(sum(map(abs, W[s:s + slab])) for s in range(0, len(q), slab))
        if L1 <= L1MAX:
            break
        Dm = min(Dm - 1, Dm * L1MAX // L1)
        if Dm < 255:
            return None
    R = lambda e: math.floor(Fr(A, Dm) * Fr(2) ** (e - 24) + Fr(1, 2))
    e = 39 + Dm.bit_length() - A.bit_length()
    while R(e) > 65535: e -= 1
    while R(e) < 32768: e += 1
    return dict(range=Dm, r=R(e), re=e, d=D, m=M, l1=L1)


def case(name, kind, raw):
    raw = bytes(raw)
    q, d, m = decode(kind, raw)
    compare(kind, raw, q, d, m)
    bs = KINDS[kind][2]
    for nslab in (1, 2, 4, 8, 16):
        if len(q) % (bs * nslab) == 0 and (c := convert(q, d, m, bs, nslab)):
            # The value of every weight, within half a step of D and of M and the rounding of R.
            scale = Fr(c['r']) * Fr(2) ** -c['re']
            for k, v in enumerate(q):
                real = (d[k // bs] * v + m[k // bs]) * UNIT
                step = (Fr(abs(v), 2) + Fr(1, 2)) * scale + abs(real) * Fr(1, 1 << 15) + scale * Fr(1, 1 << 4)
                assert abs((c['d'][k // bs] * v + c['m'][k // bs]) * scale - real) <= step, (name, k)
            return dict(name=name, cols=len(q), raw=raw.hex(), q=q, block_d=d, block_m=m, nslab=nslab, **c)
    raise AssertionError(name)


def halves(*values):
    return b''.join(struct.pack('<e', v) for v in values)


def blocks(kind, n, scales):
    """n stored blocks: random q and small scales, the f16 fields from `scales` in turn."""
    out = b''
    for i in range(n):
        raw = bytearray(RNG.integers(0, 256, KINDS[kind][1], np.uint8).tobytes())
        s = scales[i % len(scales)]
        if kind == 'Q6_K':
            raw[208:210] = halves(s[0])
        elif kind[-1] in '1K':
            raw[0:4] = halves(*s)
        else:
            raw[0:2] = halves(s[0])
        out += bytes(raw)
    return out


def gaussian(kind, cols):
    w = RNG.standard_normal(cols).astype(np.float32) * 0.02
    return gguf.quants.quantize(w, getattr(gguf.GGMLQuantizationType, kind)).tobytes()


ORDINARY = [(0.0123, -0.09), (-0.0071, 0.031), (0.0002, 0.0), (0.031, -0.2)]
EXTREME = [(65504.0, 65504.0), (6e-8, -6e-8), (0.0, 0.0), (-65504.0, 65504.0), (6.1e-5, -1e-6), (-0.0, 0.5)]


def main():
    for kind, (elements, size, _, _) in KINDS.items():
        cases = []
        if kind in ('F32', 'F16', 'BF16'):
            w = RNG.standard_normal(96) * 0.02
            w[7], w[32:64] = 0.0, w[32:64] * 1e-7      # a block of subnormal scale
            w[64], w[65], w[66] = 127 * 0.5, 0.25, -0.25  # d = 1/2: both quarters are ties
            as_type = lambda v: {'F32': lambda: v.astype('<f4').tobytes(), 'F16': lambda: v.astype('<f2').tobytes(),
                                 'BF16': lambda: (v.astype('<f4').view('<u4') >> 16).astype('<u2').tobytes()}[kind]()
            cases.append(case('ordinary, subnormal and ties', kind, as_type(w)))
            cases.append(case('zeros', kind, as_type(np.zeros(32))))
            if kind != 'F16':
                big = RNG.standard_normal(64); big[3], big[40] = 127 * 65504.0, -1e-30
                cases.append(case('the largest scale', kind, as_type(big)))
        else:
            n = 2 if elements == 256 else 4
            cases.append(case('ordinary', kind, blocks(kind, n, ORDINARY)))
            cases.append(case('ends of f16', kind, blocks(kind, 3 if elements == 256 else 6, EXTREME)))
            cases.append(case('zero scales', kind, blocks(kind, 1, [(0.0, 0.0)])))
            if not kind.endswith('K'):
                cases.append(case('gaussian', kind, gaussian(kind, 256)))
        write(kind.lower(), dict(type=kind, cases=cases))
    wide = [case(f'{cols} columns', 'Q8_0', gaussian('Q8_0', cols)) for cols in (1536, 4096, 8192, 28672)]
    wide.append(case('one heavy slab', 'Q8_0', gaussian('Q8_0', 4096)[:128 * 34] + blocks('Q8_0', 128, [(0.0001, 0)])))
    wide.append(case('8192 columns, every q as likely', 'Q8_0', blocks('Q8_0', 256, [(0.01, 0), (-0.009, 0), (0.008, 0)])))
    for c in wide:
        del c['q'], c['block_d'], c['block_m']
    print([(c['name'], c['nslab'], c['range'], c['l1']) for c in wide])
    write('wide_rows', dict(type='Q8_0', cases=wide))
    llama3 = dict(type='llama3', factor=8, low=1, high=4, context=8192)
    write('real', dict(
        rope=[rope('Llama 2', 10000, 128), rope('SmolLM2', 100000, 64), rope('Qwen2.5', 1000000, 128), rope('base 1', 1, 8),
              rope('Llama 3.1', 500000, 128, llama3), rope('Llama 3.2', 500000, 64, dict(llama3, factor=32)),
              rope('linear', 10000, 96, dict(type='linear', factor=4))],
        score=[score(n) for n in (2, 16, 32, 64, 80, 96, 128, 192, 256)]))


getcontext().prec = 60
PI = De('3.14159265358979323846264338327950288419716939937510582097494459')


def rhu(x):
    return int((x + De('0.5')).to_integral_value(rounding='ROUND_FLOOR'))


def rope(name, base, head_dim, scaling=None):
    """Increments as `transformers` scales the frequencies (modeling_rope_utils.py), in 60 digits."""
    inc = []
    for i in range(head_dim // 2):
        theta = De(base) ** (De(-2 * i) / head_dim)
        if scaling and scaling['type'] == 'linear':
            theta /= De(scaling['factor'])
        if scaling and scaling['type'] == 'llama3':
            factor, low, high = De(scaling['factor']), De(scaling['low']), De(scaling['high'])
            wavelen, context = 2 * PI / theta, scaling['context']
            if wavelen > context / low:
                theta /= factor
            elif wavelen >= context / high:
                smooth = (context / wavelen - low) / (high - low)
                theta = (1 - smooth) * theta / factor + smooth * theta
        inc.append(rhu(De(2) ** 32 * theta / (2 * PI)))
    return dict(name=name, base=base, head_dim=head_dim, scaling=scaling, inc=inc)


def score(head_dim):
    v, ce = 1 / De(2).ln() / De(head_dim).sqrt(), 0
    while rhu(v * De(2) ** ce) < 32768:
        ce += 1
    return dict(head_dim=head_dim, c=rhu(v * De(2) ** ce), ce=ce)


def write(stem, content):
    with open(os.path.join(HERE, stem + '.json'), 'w') as f:
        f.write(json.dumps(content, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
