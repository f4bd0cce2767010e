import { byId } from "./elements.ts";

/** Takes files that are dropped anywhere on the page; its element `drop` is marked while they hover. */
export function takeDropped(take: (files: readonly File[]) => void): void {
  const drop = byId("drop", HTMLElement);
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take([...event.dataTransfer?.files ?? []]);
  });
}
