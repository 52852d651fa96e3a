// Compiled, never run: the types as a user meets them.
import { OpenimoError, loadModel, type Bundle, type Report } from 'openimo';

export async function ask(url: string, signal: AbortSignal): Promise<Report> {
  const engine = await loadModel(url, { signal, onProgress: ({ loaded, total }) => console.log(loaded / total) });
  const { bundle }: { bundle: Bundle } = await engine.generate({ prompt: 'Hi', maxTokens: 3 }, { onToken: (t) => console.log(t.text) });
  try {
    if (engine.device.kind === 'cpu') console.log(engine.device.name, engine.device.fallback?.code);
    return await engine.verify(bundle);
  } catch (e) {
    if (e instanceof OpenimoError) console.error(e.code, e.details);
    throw e;
  } finally {
    await engine.dispose();
  }
}

export const onGpu = (url: string) => loadModel(url, { device: 'gpu' });

// @ts-expect-error a request has a prompt or messages
export const wrong = async (url: string) => (await loadModel(url)).generate({ maxTokens: 3 });
