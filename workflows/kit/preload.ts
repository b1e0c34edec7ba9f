/**
 * Runs once in the context that all workflows share, before the SDK freezes it. The SDK keeps a stack for each promise of
 * a workflow and looks every frame up in the source map; four frames still say where, for less than half of the time.
 */
Error.stackTraceLimit = 4
