// What every consumer does: verify a bundle and its tampered copy, stop a run, and see the page stay alive meanwhile.
export async function check({ loadModel, checkBundle, versions }, model, bundle, tampered, options = {}) {
  const progress = [];
  const engine = await loadModel(model, { ...options, onProgress: (p) => progress.push(p) });
  const steps = [];
  const verified = await engine.verify(bundle, { onProgress: (p) => steps.push(p.done) });
  const refused = await engine.verify(tampered);
  const again = await engine.generate(bundle.request);
  const pieces = await engine.pieces(bundle.output.ids);
  const controller = new AbortController();
  const stopped = await engine
    .generate(
      { prompt: 'Without end', maxTokens: 400 },
      { signal: controller.signal, onToken: (t) => t.done === 3 && controller.abort() },
    )
    .then(() => 'finished', (e) => e.name);
  const { code } = await engine.generate({ prompt: 'x', maxTokens: 0 }).catch((e) => e);
  const quick = await checkBundle(bundle);
  const result = {
    modelId: engine.modelId,
    variant: engine.variant,
    workers: engine.workers,
    device: engine.device.kind,
    loaded: progress.at(-1),
    steps,
    verified: [verified.verdict, verified.level],
    refused: [refused.verdict, refused.difference?.position],
    same: JSON.stringify(again.bundle.output.ids) === JSON.stringify(bundle.output.ids),
    text: pieces.join(''),
    stopped,
    code,
    quick: [quick.verdict, quick.level],
    versions: await versions(),
  };
  await engine.dispose();
  return result;
}
