/** Files that the program writes and the repository keeps: path below the root, content. */
export function generatedFiles(): Record<string, string> {
  return {};
}
