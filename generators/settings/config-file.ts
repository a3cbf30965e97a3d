/** Where a project keeps the answers that made it, which the next run there reads. */
export const configFile = 'ml-container.config.json';
