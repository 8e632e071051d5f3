import { AppError } from '../../ground/index.ts';

const DEPTH_MAX = 24;

function bad(fr: string, en: string, rule: string): AppError {
  return new AppError({ code: 'bad-input', publicText: { fr, en }, faults: [{ field: '', rule, message: { fr, en },
    remedy: { fr: 'Envoyez un objet JSON valide, en UTF-8.', en: 'Send a valid JSON object, in UTF-8.' } }] });
}

// A cheap look before the parser: brackets outside strings, counted.
function assertShallow(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i += 1;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 91 || c === 123) {
      depth += 1;
      if (depth > DEPTH_MAX) throw bad(`Plus de ${DEPTH_MAX} niveaux d'imbrication.`, `More than ${DEPTH_MAX} levels of nesting.`, 'too-deep');
    } else if (c === 93 || c === 125) depth -= 1;
  }
}

/**
 * Parses a body; nothing of it is echoed.
 * @throws AppError `bad-input` when it is not JSON or too deeply nested.
 */
export function parseJson(text: string): unknown {
  assertShallow(text);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw bad("Le corps n'est pas du JSON.", 'The body is not JSON.', 'json');
  }
}
