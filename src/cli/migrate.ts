import { AppError, migrate, setRolePasswords } from '../ground/index.ts';
import { rolePasswords } from './context.ts';

/** `rempart migrate`: migrations and role passwords on the database of DATABASE_URL (a superuser's). */
export async function migrateDatabase(): Promise<number> {
  const url = process.env['DATABASE_URL'];
  if (url === undefined) {
    throw new AppError({ code: 'bad-input', publicText: { fr: 'DATABASE_URL manque : donnez la base à migrer.', en: 'DATABASE_URL is missing: name the database to migrate.' } });
  }
  const applied = await migrate(url);
  await setRolePasswords(url, rolePasswords());
  process.stdout.write(`${applied} migration(s) applied\n`);
  return 0;
}
