/** The element of an id; a page without it is another page's. */
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`Cannot show the page: a ${kind.name} "${id}" needed, got ${element}`);
}
