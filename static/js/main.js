/** The only script a page names. Imported modules bind to the document and outlive every boosted navigation. */
import "./live.js";
import "./account.js";
import "./page.js";
import "./home.js";
import "./confirm.js";
import "./passkey.js";
import "./share.js";
import "./token.js";
import "./upload.js";
import "./soundcheck.js";
import "./dock.js";
import "./consent.js";
import "./messages.js";
import "./news.js";
import "./times.js";
import "./zone.js";
import "./push.js";
