// What the frames say, in the languages the stand-in speaks.
import { METHOD_TEXTS } from "./words_methods.js";

const NAMES = [
  "number", "expiry", "cvc", "fill", "pay_with", "incomplete_number", "invalid_number", "incomplete_expiry",
  "invalid_expiry_month", "invalid_expiry_year_past", "invalid_expiry_month_past", "incomplete_cvc",
];
const TEXTS = {
  en: ["Card number", "Expiration date", "Security code", "Fill in a test card", "Pay with", "Your card number is incomplete.", "Your card number is invalid.", "Your card’s expiration date is incomplete.", "Your card’s expiration month is invalid.", "Your card’s expiration year is in the past.", "Your card’s expiration date is in the past.", "Your card’s security code is incomplete."],
  de: ["Kartennummer", "Ablaufdatum", "Prüfziffer", "Testkarte einsetzen", "Zahlen mit", "Die Kartennummer ist unvollständig.", "Die Kartennummer ist ungültig.", "Das Ablaufdatum ist unvollständig.", "Der Ablaufmonat ist ungültig.", "Das Ablaufjahr liegt in der Vergangenheit.", "Das Ablaufdatum liegt in der Vergangenheit.", "Die Prüfziffer ist unvollständig."],
  fr: ["Numéro de carte", "Date d’expiration", "Code de sécurité", "Remplir une carte de test", "Payer avec", "Votre numéro de carte est incomplet.", "Votre numéro de carte n’est pas valide.", "La date d’expiration est incomplète.", "Le mois d’expiration n’est pas valide.", "L’année d’expiration est passée.", "La date d’expiration est passée.", "Le code de sécurité est incomplet."],
  es: ["Número de tarjeta", "Fecha de caducidad", "Código de seguridad", "Usar una tarjeta de prueba", "Pagar con", "El número de la tarjeta está incompleto.", "El número de la tarjeta no es válido.", "La fecha de caducidad está incompleta.", "El mes de caducidad no es válido.", "El año de caducidad ya pasó.", "La fecha de caducidad ya pasó.", "El código de seguridad está incompleto."],
  hi: ["कार्ड नंबर", "समाप्ति तिथि", "सुरक्षा कोड", "टेस्ट कार्ड भरें", "इससे भुगतान करें", "आपका कार्ड नंबर अधूरा है।", "आपका कार्ड नंबर अमान्य है।", "समाप्ति तिथि अधूरी है।", "समाप्ति का महीना अमान्य है।", "समाप्ति का वर्ष बीत चुका है।", "समाप्ति तिथि बीत चुकी है।", "सुरक्षा कोड अधूरा है।"],
  ja: ["カード番号", "有効期限", "セキュリティコード", "テストカードを入力", "支払い方法", "カード番号に不備があります。", "カード番号が無効です。", "有効期限に不備があります。", "有効期限の月が無効です。", "有効期限の年が過ぎています。", "有効期限が過ぎています。", "セキュリティコードに不備があります。"],
  ar: ["رقم البطاقة", "تاريخ انتهاء الصلاحية", "رمز الأمان", "املأ بطاقة تجريبية", "ادفع عبر", "رقم بطاقتك غير مكتمل.", "رقم بطاقتك غير صالح.", "تاريخ انتهاء الصلاحية غير مكتمل.", "شهر انتهاء الصلاحية غير صالح.", "سنة انتهاء الصلاحية في الماضي.", "تاريخ انتهاء الصلاحية في الماضي.", "رمز الأمان غير مكتمل."],
  he: ["מספר הכרטיס", "תוקף", "קוד אבטחה", "מילוי כרטיס בדיקה", "תשלום עם", "מספר הכרטיס אינו שלם.", "מספר הכרטיס אינו תקין.", "תאריך התוקף אינו שלם.", "חודש התוקף אינו תקין.", "שנת התוקף כבר עברה.", "תאריך התוקף כבר עבר.", "קוד האבטחה אינו שלם."],
};
const RIGHT_TO_LEFT = ["ar", "he"];

/** The words of a locale; "auto" follows the browser, and English stands in for the rest. */
export function pick(locale) {
  const wanted = !locale || locale === "auto" ? navigator.language : locale;
  const lang = [wanted, wanted.split("-")[0]].find((one) => TEXTS[one]) ?? "en";
  const words = Object.fromEntries(NAMES.map((name, place) => [name, TEXTS[lang][place]]));
  return { ...words, ...METHOD_TEXTS[lang], lang, dir: RIGHT_TO_LEFT.includes(lang) ? "rtl" : "ltr" };
}
