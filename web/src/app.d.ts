declare global {
  namespace App {
    interface Error {
      message: string;
      cause?: unknown;
    }
  }
}

export {};
