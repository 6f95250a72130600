// Both packages declare what their scripts add to `window`; importing them is enough.
import "@paypal/paypal-js";
import "@stripe/stripe-js";
