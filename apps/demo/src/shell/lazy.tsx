/** A component that is loaded when it is first shown. */
import type { ComponentType } from "preact";
import { signal } from "@preact/signals";

/** Shows nothing until the module is there, and why if it never comes. */
export function lazy<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | undefined>(undefined);
  const failed = signal<string | undefined>(undefined);
  let asked = false;
  async function fetch(): Promise<void> {
    try {
      loaded.value = (await load()).default;
    } catch (error) {
      failed.value = String(error);
    }
  }
  return function Lazy(props: Props) {
    if (!asked) {
      asked = true;
      void fetch();
    }
    if (failed.value !== undefined) return <p class="notice bad">{failed.value}</p>;
    const Component = loaded.value;
    return Component === undefined ? null : <Component {...props} />;
  };
}
