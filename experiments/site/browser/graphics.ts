/** Whether the browser has WebGPU on a graphics processor; software that stands in for one is slower than WebAssembly. */
export async function hasGraphics(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return !!adapter && !adapter.info?.isFallbackAdapter;
}

interface Adapter {
  readonly info?: { readonly isFallbackAdapter?: boolean };
}
