/** Storage on the origin private file system of browsers. */
export {};
