"""Two clients that are one person: suggested, merged by a person's word alone, and taken apart again."""
