/** Empties every secret of a form, once it has gone where it was meant for. */
export function clearSecrets(form: HTMLFormElement): void {
  for (const input of form.querySelectorAll<HTMLInputElement>("input[data-secret]")) {
    input.value = "";
  }
}
