/** What all views on the page draw from: columns and sprite pages, fetched once for all of them. */

import { liveAddress } from "./addresses.js";
import { ColumnCache, columnFetcher } from "./columns.js";
import { SpritePages } from "./thumbnails.js";

export const COLUMNS = new ColumnCache(columnFetcher(liveAddress()));
export const SPRITES = new SpritePages(liveAddress());
