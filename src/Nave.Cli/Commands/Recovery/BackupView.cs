using System.Globalization;
using System.Text.Json;
using Nave.Cli.Output;
using Nave.Fleet.Recovery.Archive;

namespace Nave.Cli.Commands;

/// <summary>What commands on archives print.</summary>
internal static class BackupView
{
    /// <summary>Writes what is in an archive.</summary>
    public static void Write(CliConsole console, OutputFormat format, string file, ArchiveManifest manifest, bool isEncrypted) => console.WriteOne(
        format,
        JsonLine.Of(json =>
        {
            json.WriteString("file", file);
            json.WriteBoolean("encrypted", isEncrypted);
            json.WriteString("hub", manifest.Hub);
            json.WriteString("created", manifest.Created);
            json.WriteBoolean("hasKeys", manifest.HasKeys);
            json.WriteString("where", manifest.Where);
            json.WriteNumber("devices", manifest.Devices);
            json.WriteNumber("modules", manifest.Modules);
            json.WriteStartArray("parts");
            foreach (var part in manifest.Parts)
            {
                json.WriteStartObject();
                json.WriteString("name", part.Name);
                json.WriteNumber("lines", part.Lines);
                json.WriteNumber("bytes", part.Bytes);
                json.WriteString("sha256", part.Sha256);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }),
        [
            ("file", file),
            ("encrypted", isEncrypted ? "true" : "false"),
            ("hub", manifest.Hub),
            ("created", manifest.Created.ToString("u", CultureInfo.InvariantCulture)),
            ("keys", manifest.HasKeys ? "true" : "false"),
            ("where", manifest.Where),
            ("devices", Text(manifest.Devices)),
            ("modules", Text(manifest.Modules)),
            .. manifest.Parts.Select(part => (part.Name, (string?)$"{Text(part.Lines)} lines, SHA-256 {part.Sha256}")),
        ]);

    /// <summary>Writes what an import did.</summary>
    public static void Write(CliConsole console, OutputFormat format, ImportReport report)
    {
        console.WriteOne(
            format,
            JsonSerializer.Serialize(report, RecoveryJson.Wire.ImportReport),
            [
                ("from", report.Source),
                ("devices", Text(report.Devices)),
                ("modules", Text(report.Modules)),
                (report.IsDryRun ? "to create" : "written", Text(report.Written)),
                ("different", report.Different is { } different ? Text(different) : null),
                ("same", report.Same is { } same ? Text(same) : null),
                ("configurations", Text(report.Configurations)),
                ("enrollments", Text(report.Enrollments)),
                ("failed", Text(report.Failed)),
            ]);
        foreach (var error in report.Errors.Take(20))
        {
            console.Error.WriteLine($"{error.DeviceId ?? error.ConfigurationId}{(error.ModuleId is null ? "" : "/" + error.ModuleId)}: {error.ErrorCode}, {error.ErrorStatus}");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
