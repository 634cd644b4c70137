using Nave.Storage.Postgres;

namespace Nave.Fleet.Sync.Configuration;

/// <summary>Reads where a sync keeps its state: the section <c>store</c>.</summary>
internal static class StoreSectionReader
{
    private const string DefaultSchema = "nave_sync";

    /// <summary>Reads the section.</summary>
    /// <returns>The folder (also of the socket of <c>nave sync serve</c>), and the database when the state is in PostgreSQL.</returns>
    public static (string Folder, PostgresStateOptions? Database) Read(ConfigurationSection section, string baseFolder)
    {
        var folder = Path.GetFullPath(section.Text("path") ?? ".nave-sync", baseFolder);
        var database = section.Has("postgres") ? ReadPostgres(section.Section("postgres")) : null;
        section.Close();
        return (folder, database);
    }

    private static PostgresStateOptions ReadPostgres(ConfigurationSection section)
    {
        var text = section.Required("connectionString");
        var options = new PostgresStateOptions { ConnectionString = text, Schema = section.Text("schema") ?? DefaultSchema, Readers = 4 };
        if (text.Length > 0)
        {
            // Its sentences have no part of the connection string.
            foreach (var problem in PostgresStateOptionsValidator.Validate(options))
            {
                section.Report(problem.StartsWith("Schema", StringComparison.Ordinal) ? "schema" : "connectionString", $"cannot be used. {problem}");
            }
        }

        section.Close();
        return options;
    }
}
