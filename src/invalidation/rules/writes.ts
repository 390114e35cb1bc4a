import { openTemplate } from '../../base/patterns/tag-rule';
import type { TextEncoding, TextTemplate } from '../../base/patterns/text-template';
import type { Context } from './expansion';

/** Which tags a write of a row makes wrong: by its type, as `writes` in the configuration says. */
export class Writes {
  private readonly templates: ReadonlyMap<string, readonly TextTemplate[]>;
  /** Templates left out because neither the id nor a field of the context filled a placeholder. */
  skipped = 0;

  constructor(texts: ReadonlyMap<string, readonly string[]> = new Map(), encoding: TextEncoding = 'latin1') {
    this.templates = new Map(
      [...texts].map(([type, tags]) => [type, tags.map((text) => openTemplate(text, 'patterns', encoding))]),
    );
  }

  /**
   * Latin1, each once. Of a type without templates, and where none could be filled: `type:id`, or `type` without an id.
   * The id fills {id}; fields of the context fill the rest.
   */
  tagsOf(type: string, id: string | undefined, context: Context): string[] {
    const given = new Map(id === undefined ? [] : [['id', id]]);
    const tags = new Set<string>();
    for (const template of this.templates.get(type) ?? []) {
      const tag = template.fill(given, context);
      if (tag === null || tag === '') this.skipped++;
      else tags.add(tag);
    }
    return tags.size > 0 ? [...tags] : [id === undefined ? type : `${type}:${id}`];
  }
}
