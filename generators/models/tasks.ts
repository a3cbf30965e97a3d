/** stub */
export const tasks: Readonly<Record<string, { readonly description: string }>> = {
  'text-generation': { description: 'text, word by word' },
  'text-classification': { description: 'a label for a text' },
};
