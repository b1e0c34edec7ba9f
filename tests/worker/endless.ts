/** A workflow that never returns, as a mistake of ours would be. */
export function endless(): Promise<void> {
  for (;;);
}
