// Mail addresses whose domain is one slip away from one that many people have. A hint, never an objection.

// Near names that are real are here too, so that nobody is told that theirs is wrong.
const KNOWN = `aol.com bluewin.ch btinternet.com comcast.net email.com fastmail.com free.fr freenet.de gmail.com
  gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr
  hotmail.it icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru me.com msn.com naver.com orange.fr
  outlook.com outlook.de outlook.es outlook.fr posteo.de proton.me protonmail.com qq.com rediffmail.com t-online.de
  tutanota.com uol.com.br web.de wp.pl yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.es yahoo.fr yahoo.it
  yandex.ru ymail.com zoho.com`.split(/\s+/);
const SHORTEST = 8; // one slip in a shorter name makes too many others

/** What was probably meant by an address: the same with a known domain; "" for all that looks right. @param {string} address */
export function meant(address) {
  const [, name, typed] = /^([^\s@]+)@([^\s@]+)$/.exec(address.trim()) ?? [];
  const domain = typed?.toLowerCase() ?? "";
  if (!domain || KNOWN.includes(domain)) return "";
  const found = KNOWN.find((known) => known.length >= SHORTEST && isOneSlip(domain, known));
  return found ? `${name}@${found}` : "";
}

/** Whether one letter is missing, too many, wrong, or changed places with its neighbour. @param {string} a @param {string} b */
function isOneSlip(a, b) {
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  const [x, y] = [a.slice(from), b.slice(from)];
  const isSwapped = x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2);
  return isSwapped || x.slice(1) === y || x === y.slice(1) || x.slice(1) === y.slice(1);
}
