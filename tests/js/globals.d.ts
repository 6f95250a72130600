// Both packages declare what their scripts add to `window`; importing them is enough. Razorpay's has none.
import "@paypal/paypal-js";
import "@stripe/stripe-js";

declare global {
  interface Window {
    Razorpay?: new (options: Record<string, unknown>) => { open(): void };
  }
}
