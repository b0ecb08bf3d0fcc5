// Deletions that change no verdict, each with the reason. A check is named by its file, its function and its text.
export interface Exception {
  readonly file: string;
  readonly place: string;
  readonly text: string;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [];
