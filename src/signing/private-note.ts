/** A constructor that makes nothing: a class that extends it adds its private fields to an object that is there. */
class There {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is what it is for
    return object;
  }
}

/**
 * Something noted on objects, seen by whoever holds the note alone: no listing, copy or log of the object has it. Like a
 * WeakMap, for objects of which there are as many as callers: V8 goes through a WeakMap's entries while all else stands.
 */
export interface PrivateNote<T> {
  get(object: object): T | undefined;
  set(object: object, value: T): void;
}

/** One kind of note. */
export function privateNote<T>(): PrivateNote<T> {
  class Noted extends There {
    #value: T;

    constructor(object: object, value: T) {
      super(object);
      this.#value = value;
    }

    static get(object: object): T | undefined {
      return #value in object ? object.#value : undefined;
    }

    static set(object: object, value: T): void {
      if (#value in object) object.#value = value;
      else new Noted(object, value);
    }
  }
  return Noted;
}
