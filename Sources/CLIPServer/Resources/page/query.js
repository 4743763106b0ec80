// What is being looked for: one value that the address bar, the search box and the API all speak.

export const emptyQuery = () => ({
  text: "",
  minus: [],
  image: null, // { base64, preview } of a picture that is not in the library
  like: null, // number of a picture in the library
  folder: "",
  from: "",
  to: "",
  fold: false,
  sort: [], // words to sort the library by, instead of searching
});

export const isSearch = (query) =>
  query.text !== "" || query.minus.length > 0 || query.image !== null || query.like !== null;

export const isSorting = (query) => query.sort.length > 0;

export const filterCount = (query) =>
  [query.folder, query.from, query.to, query.fold].filter(Boolean).length;

/// Splits what was typed into words to look for and `-terms` to leave out.
export function parse(typed) {
  const minus = [];
  const words = [];
  for (const part of typed.trim().split(/\s+/u)) {
    const match = /^[-−－](.+)$/u.exec(part);
    if (match) minus.push(match[1]);
    else if (part) words.push(part);
  }
  return { text: words.join(" "), minus };
}

export function toAddress(query) {
  const parameters = new URLSearchParams();
  if (query.text) parameters.set("q", query.text);
  for (const term of query.minus) parameters.append("minus", term);
  if (query.like) parameters.set("like", query.like);
  if (query.folder) parameters.set("folder", query.folder);
  if (query.from) parameters.set("from", query.from);
  if (query.to) parameters.set("to", query.to);
  if (query.fold) parameters.set("fold", "1");
  for (const word of query.sort) parameters.append("sort", word);
  const text = parameters.toString();
  return text ? `?${text}` : "./";
}

export function fromAddress(search) {
  const parameters = new URLSearchParams(search);
  const day = (name) => (/^\d{4}-\d\d-\d\d$/.test(parameters.get(name) ?? "") ? parameters.get(name) : "");
  return {
    ...emptyQuery(),
    text: (parameters.get("q") ?? "").slice(0, 200),
    minus: parameters.getAll("minus").slice(0, 8),
    like: parameters.get("like"),
    folder: parameters.get("folder") ?? "",
    from: day("from"),
    to: day("to"),
    fold: parameters.get("fold") === "1",
    sort: [...new Set(parameters.getAll("sort").map((word) => word.slice(0, 100)).filter(Boolean))].slice(0, 100),
  };
}

/// The part of a request that filters. Dates are the camera's own days, so no time zone is involved.
function filters(query) {
  const body = {};
  if (query.folder) body.folder = query.folder;
  if (query.from) body.takenFrom = query.from;
  if (query.to) body.takenUntil = query.to;
  return body;
}

/// The body of POST api/v1/search.
export function toSearchBody(query, offset, limit) {
  const body = { ...filters(query), offset, limit };
  if (query.text) body.text = query.text;
  if (query.minus.length) body.minus = query.minus.map((text) => ({ text }));
  if (query.image) body.image = query.image.base64;
  if (query.like) body.picture = Number(query.like);
  if (query.fold) body.foldDuplicates = true;
  return body;
}

/// The parameters of GET api/v1/pictures.
export const toListParameters = (query, offset, limit) => ({ ...filters(query), offset, limit });
