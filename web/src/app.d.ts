declare global {
  namespace App {
    interface Error {
      message: string;
      cause?: unknown;
    }
    interface PageState {
      /** The entry was opened to be split. */
      splitting?: boolean;
    }
  }
}

export {};
