import { sizeOf } from "../array.ts";
import { type Architecture, inputChannels, modelOf } from "../families/family.ts";
import { input, type Node, nodesOf, type Tensor } from "../graph/tensor.ts";
import type { Size } from "../images/image.ts";
import type { OpenedModel } from "../models/open.ts";
import { type Parameter, Scope } from "../nn/scope.ts";
import { costFigure } from "../report/cost_figure.ts";
import { display, type Drawing } from "../report/picture.ts";
import { consoleTable, markdownTable, type Row } from "../report/table.ts";
import { byteSize } from "../words.ts";
import { activationBytes, largestAtOnce } from "./activations.ts";
import { type CostTree, growTree, shownModules } from "./cost_tree.ts";
import { Finding } from "./finding.ts";
import { modulesOf } from "./modules.ts";
import { multiplyAdds, multiplyAddsOf } from "./multiply_adds.ts";

/** What is counted. */
export interface CostOptions {
  /** Height and width of the image in pixels; a window of the model if not given. */
  readonly size?: Size;
}

/** What operations of a kind cost. */
export interface OperationCost {
  /** The ONNX operator: "MatMul". */
  readonly operator: string;
  /** How many there are. */
  readonly count: number;
  /** Multiplications, each with its addition. */
  readonly multiplyAdds: number;
  /** Bytes that they write. */
  readonly activationBytes: number;
}

/** What a network costs for an image, by module and by kind of operation. */
export class Cost extends Finding {
  /** How its files are named. */
  override readonly name = "cost";

  /**
   * Takes what was counted.
   *
   * @internal
   */
  constructor(
    /** The checkpoint's kind. */
    readonly model: string,
    /** Height and width of the image in pixels. */
    readonly size: Size,
    /** All modules, the network itself first. */
    readonly tree: CostTree,
    /** The kinds of operations, the one with most multiply-adds first. */
    readonly operations: readonly OperationCost[],
    /** The most bytes of values that exist at once, where each is dropped after its last use. */
    readonly largestAtOnce: number,
    /** Multiply-adds of the network as it runs here, where the same values take less. */
    readonly multiplyAddsHere: number,
  ) {
    super();
  }

  /** Rows of a table of modules; siblings that cost the same are one row. */
  moduleRows(): Row[] {
    const whole = this.tree;
    return shownModules(whole).map(({ label, depth, node }) => ({
      module: `${"\u2003".repeat(depth)}${label}`,
      parameters: node.parameters.toLocaleString("en-US"),
      "multiply-adds (10⁹)": giga(node.multiplyAdds),
      "of all": percent(node.multiplyAdds, whole.multiplyAdds),
      "activations (MB)": mega(node.activationBytes),
      "of all ": percent(node.activationBytes, whole.activationBytes),
    }));
  }

  /** Rows of a table of kinds of operations. */
  operationRows(): Row[] {
    const whole = this.tree;
    return this.operations.map(({ operator, count, ...cost }) => ({
      operator,
      count,
      "multiply-adds (10⁹)": giga(cost.multiplyAdds),
      "of all": percent(cost.multiplyAdds, whole.multiplyAdds),
      "activations (MB)": mega(cost.activationBytes),
      "of all ": percent(cost.activationBytes, whole.activationBytes),
    }));
  }

  /** The sums in a sentence or two. */
  summary(): string {
    const { tree, size: [height, width], multiplyAddsHere } = this;
    const here = multiplyAddsHere === tree.multiplyAdds
      ? ""
      : ` Seglab computes the same values with ${giga(multiplyAddsHere)} · 10⁹.`;
    return `${this.model}, an image of ${width}×${height} pixels: ` +
      `${tree.parameters.toLocaleString("en-US")} parameters, ${giga(tree.multiplyAdds)} · 10⁹ ` +
      `multiply-adds, ${byteSize(tree.activationBytes)} of activations in 32-bit floats, at most ` +
      `${byteSize(this.largestAtOnce)} of them at once.${here}`;
  }

  /** What a terminal shows. */
  override text(): string {
    const tables = [this.moduleRows(), this.operationRows()].map(consoleTable);
    return [this.summary(), ...tables].join("\n\n");
  }

  /** All numbers. */
  override toJSON(): unknown {
    const { model, size: [height, width], tree, operations } = this;
    return {
      model,
      image: { height, width },
      parameters: tree.parameters,
      multiplyAdds: tree.multiplyAdds,
      multiplyAddsHere: this.multiplyAddsHere,
      activationBytes: tree.activationBytes,
      largestAtOnceBytes: this.largestAtOnce,
      operations,
      tree,
    };
  }

  /** The pictures by what is added to the names of their files. */
  override pictures(): Promise<Readonly<Record<string, Drawing>>> {
    const modules = shownModules(this.tree).map(({ label, depth, node }) => ({
      label,
      depth,
      parameters: node.parameters,
      multiplyAdds: node.multiplyAdds,
      activationBytes: node.activationBytes,
    }));
    return Promise.resolve({ "": costFigure(modules) });
  }

  /** The tables, as Deno's Jupyter kernel asks for them. */
  override [display](): Promise<Record<string, string>> {
    const tables = [this.moduleRows(), this.operationRows()].map(markdownTable);
    return Promise.resolve({ "text/markdown": [this.summary(), ...tables].join("\n\n") });
  }
}

/**
 * Counts what a network costs for an image: parameters as papers count them, multiply-adds of matrix
 * products and convolutions (`multiplyAdds`) in the form that the paper has, and the bytes that
 * operations write. Constants and what is made of weights alone take no part of the bytes.
 */
export function costOf(model: OpenedModel, { size }: CostOptions = {}): Cost {
  const [height, width] = checked(size ?? [model.window, model.window], model.architecture);
  const { outputs, images, parameters } = build(model.architecture, [height, width]);
  const nodes = nodesOf([outputs]);
  const names = new Map([...parameters].map(([name, { tensor }]) => [tensor, name]));
  const modules = modulesOf(nodes, names);
  const running = withImages(nodes, images);
  const counted = nodes.map((node) => ({
    module: modules.get(node)!,
    operator: operatorOf(node),
    multiplyAdds: multiplyAddsOf(node),
    activationBytes: running.has(node) ? activationBytes(node) : 0,
    operations: running.has(node) && operatorOf(node) !== null ? 1 : 0,
  }));
  const learnt = [...parameters].filter(([, { buffer }]) => !buffer)
    .map(([name, { tensor }]) => ({
      module: name.split(".").slice(0, -1),
      parameters: sizeOf(tensor.shape),
    }));
  return new Cost(
    model.kind,
    [height, width],
    growTree([...learnt, ...counted]),
    byOperator(counted),
    largestAtOnce([...running], [outputs]),
    multiplyAddsHere(model.architecture, [height, width]),
  );
}

function checked(size: Size, { family, config }: Architecture): Size {
  const least = family.smallestSide(config);
  if (size.length === 2 && size.every((side) => Number.isInteger(side) && side >= least)) {
    return size;
  }
  throw new RangeError(
    `Cannot count what a ${family.name} costs: height and width of an image from ${least} pixels ` +
      `needed, got ${size.join("×")}`,
  );
}

interface Built {
  readonly images: Tensor;
  readonly outputs: Tensor;
  readonly parameters: ReadonlyMap<string, Parameter>;
}

/** The paper's form of a network for one image, up to its scores. */
function build(architecture: Architecture, size: Size): Built {
  const { family } = architecture;
  const { asPublished = family.model } = family;
  return graphOf({ ...architecture, family: { ...family, model: asPublished } }, size);
}

function multiplyAddsHere(architecture: Architecture, size: Size): number {
  return multiplyAdds([graphOf(architecture, size).outputs]);
}

function graphOf(architecture: Architecture, [height, width]: Size): Built {
  const images = input("images", [1, inputChannels(architecture), height, width]);
  const model = modelOf(architecture);
  const { outputs, parameters } = Scope.build(
    false,
    (p) => model.scores(model.build(p, images)).map,
  );
  return { images, outputs, parameters };
}

/** The nodes that depend on the images, in their order. */
function withImages(nodes: readonly Node[], images: Tensor): Set<Node> {
  const found = new Set<Node>();
  for (const node of nodes) {
    const depends = node.inputs.some((tensor) =>
      tensor === images || tensor.origin.kind === "operation" && found.has(tensor.origin.node)
    );
    if (depends) found.add(node);
  }
  return found;
}

/** The ONNX operator that a node becomes; null where it becomes none. */
function operatorOf({ rule, attributes, inputs }: Node): string | null {
  const emission = rule.onnx(attributes, inputs);
  return "alias" in emission ? null : emission.type;
}

function byOperator(
  counted: readonly {
    readonly operator: string | null;
    readonly multiplyAdds: number;
    readonly activationBytes: number;
    readonly operations: number;
  }[],
): OperationCost[] {
  const kinds = new Map<string, OperationCost>();
  for (const { operator, operations, ...cost } of counted) {
    if (operator === null || operations === 0 && cost.multiplyAdds === 0) continue;
    const known = kinds.get(operator) ?? { count: 0, multiplyAdds: 0, activationBytes: 0 };
    kinds.set(operator, {
      operator,
      count: known.count + operations,
      multiplyAdds: known.multiplyAdds + cost.multiplyAdds,
      activationBytes: known.activationBytes + cost.activationBytes,
    });
  }
  return [...kinds.values()].sort((a, b) =>
    b.multiplyAdds - a.multiplyAdds || b.activationBytes - a.activationBytes
  );
}

function giga(count: number): string {
  return count === 0 ? "0" : (count / 1e9).toFixed(count < 1e8 ? 3 : 2);
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${(100 * part / whole).toFixed(1)} %`;
}
