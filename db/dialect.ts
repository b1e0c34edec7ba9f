import { AsyncLocalStorage } from 'node:async_hooks'
import {
  CompiledQuery,
  type DatabaseConnection,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely'

/** Whose transaction is being begun (`asActor`). */
export const beginning = new AsyncLocalStorage<string>()

/** Kysely's dialect, but a transaction that `asActor` begins has its actor before anything else is asked. */
export class ActorDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig
  constructor(config: PostgresDialectConfig) {
    super(config)
    this.#config = config
  }
  override createDriver(): PostgresDriver {
    return new ActorDriver(this.#config)
  }
}

class ActorDriver extends PostgresDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const actorId = beginning.getStore()
    if (actorId === undefined) return super.beginTransaction(connection, settings)
    // Two statements in one message cannot have parameters, so only a uuid may stand in the text.
    if (!isUuid(actorId)) throw new Error('The actor is no uuid')
    const begin = settings.accessMode ? `begin ${settings.accessMode}` : 'begin'
    await connection.executeQuery(
      CompiledQuery.raw(`${begin}; select set_config('app.actor_id', '${actorId}', true)`),
    )
  }
}

const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
