// An API key that does not show itself: only `reveal` has it, so that logs, JSON, templates and inspection have not.

export interface Secret {
  /** Call it where the key goes out, and nowhere else. */
  readonly reveal: () => string;
  readonly toJSON: () => string;
  readonly toString: () => string;
}

const masked = (): string => "[masked]";

/** Null when the text cannot be a header's value: fetch would say so with the key in its message. */
export const secretOf = (text: string): Secret | null =>
  /^[!-~]+$/.test(text) ? Object.freeze({ reveal: () => text, toJSON: masked, toString: masked }) : null;

/** The text without the key, which a service may echo in what it says. */
export function withoutSecret(text: string, secret: Secret | null): string {
  const key = secret?.reveal() ?? "";
  return key === "" ? text : text.replaceAll(key, masked());
}

/** JSON of a service, with the key masked in every text of it. Throws what JSON.parse throws. */
export const parseWithoutSecret = (text: string, secret: Secret | null): unknown =>
  JSON.parse(text, (_name, value: unknown) =>
    typeof value === "string" ? withoutSecret(value, secret) : value,
  );
