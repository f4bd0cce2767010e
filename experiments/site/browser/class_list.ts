import { type Colour } from "../../../lib/images/image.ts";

/** Colours that colour-blind eyes tell apart, in the order in which classes get them. */
const COLOURS: readonly Colour[] = [
  [36, 123, 196],
  [222, 92, 36],
  [44, 160, 84],
  [226, 184, 20],
  [152, 84, 190],
  [216, 62, 132],
  [16, 168, 178],
  [140, 34, 34],
  [120, 120, 120],
  [178, 222, 70],
];

/** A class that the visitor named. */
export interface NamedClass {
  name: string;
  readonly colour: Colour;
}

/** The classes with their names, colours and the brush's choice; the first two are always there. */
export class ClassList {
  readonly classes: NamedClass[] = [];
  /** The class that the brush draws. */
  chosen = 0;

  /** `changed` hears of a removed class: which numbers the others have now. */
  constructor(
    private readonly list: HTMLElement,
    private readonly adding: HTMLButtonElement,
    private readonly renumber: (to: (label: number) => number) => void,
  ) {
    adding.addEventListener("click", () => {
      this.add("");
      this.show();
      this.list.querySelector<HTMLInputElement>("li:last-child input[type=text]")?.focus();
    });
    this.rename(["", ""]);
  }

  /** Replaces the classes by others of these names. */
  rename(names: readonly string[]): void {
    this.classes.length = 0;
    for (const name of names) this.add(name);
    this.chosen = 0;
    this.show();
  }

  /** Whether no class has a name yet. */
  get isUntouched(): boolean {
    return this.classes.every(({ name }) => name.trim() === "");
  }

  /** The classes' names; one that is missing or there twice is a RangeError. */
  names(): string[] {
    const names = this.classes.map(({ name }) => name.trim());
    const empty = names.indexOf("");
    if (empty >= 0) {
      throw new RangeError(
        `Cannot train: a name for each class needed, got none for class ${empty + 1}.`,
      );
    }
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice === undefined) return names;
    throw new RangeError(`Cannot train: different names needed, got two classes called ${twice}.`);
  }

  private add(name: string): void {
    const colour = COLOURS.find((colour) => !this.classes.some((other) => other.colour === colour));
    if (colour) this.classes.push({ name, colour });
    this.chosen = this.classes.length - 1;
  }

  private remove(index: number): void {
    this.classes.splice(index, 1);
    this.chosen = Math.min(this.chosen, this.classes.length - 1);
    this.renumber((label) => label === index ? 255 : label > index ? label - 1 : label);
    this.show();
  }

  private show(): void {
    this.adding.disabled = this.classes.length === COLOURS.length;
    this.list.replaceChildren(...this.classes.map((named, index) => this.row(named, index)));
  }

  private row(named: NamedClass, index: number): HTMLElement {
    const row = document.createElement("li");
    const choice = Object.assign(document.createElement("input"), {
      type: "radio",
      name: "class",
      checked: index === this.chosen,
    });
    choice.setAttribute("aria-label", `Draw class ${index + 1}`);
    choice.addEventListener("change", () => this.chosen = index);
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.style.background = `rgb(${named.colour.join(" ")})`;
    const name = Object.assign(document.createElement("input"), {
      type: "text",
      value: named.name,
      placeholder: index === 0 ? "for example sky" : "another class",
      maxLength: 40,
    });
    name.setAttribute("aria-label", `Name of class ${index + 1}`);
    name.addEventListener("input", () => named.name = name.value);
    name.addEventListener("focus", () => {
      choice.checked = true;
      this.chosen = index;
    });
    const label = document.createElement("label");
    label.append(choice, swatch);
    row.append(label, name);
    if (this.classes.length > 2) {
      const removal = Object.assign(document.createElement("button"), {
        type: "button",
        className: "quiet",
        textContent: "✕",
      });
      removal.setAttribute("aria-label", `Remove class ${index + 1}`);
      removal.addEventListener("click", () => this.remove(index));
      row.append(removal);
    }
    return row;
  }
}
