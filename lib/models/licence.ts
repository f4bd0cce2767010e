import { readTensors } from "../checkpoints/read.ts";
import { locateModel } from "./locate.ts";
import { holdingOf, networkIn } from "./network_in.ts";

/**
 * Under what the weights in a checkpoint, which `locateModel` finds by its name, are published, where that restricts their use: by what its tensors'
 * names tell; null of others, and of what holds no network that is known.
 */
export async function licenceOf(name: string): Promise<string | null> {
  try {
    const { tensors, objects } = await readTensors(await locateModel(name));
    const holding = holdingOf(networkIn(tensors, objects).tensors.keys());
    const whole = "family" in holding ? holding.family : holding.encoder;
    return holding.kind.licence ?? whole.licence ?? null;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
      return null; // whoever uses it will hear why it cannot be opened
    }
    throw error;
  }
}
