declare module '@socialgouv/jours-feries' {
  /** French public holidays of a year, by name, at midnight local time. */
  export default function joursFeries(year: number, options?: { readonly alsace?: boolean }): Record<string, Date>;
}
