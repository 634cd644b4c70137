using System.Globalization;
using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Storage.Sqlite;

namespace Nave.Fleet.Replication.Sinks.Sqlite;

/// <summary>Columns of the SQLite sink that may be NULL, JSON, or a time.</summary>
internal static class SqliteColumns
{
    public static void BindTextOrNull(this SqliteStatement statement, int index, string? text)
    {
        if (text is null)
        {
            statement.BindNull(index);
        }
        else
        {
            statement.BindText(index, text);
        }
    }

    public static void BindJson(this SqliteStatement statement, int index, RawJson json)
    {
        if (json.IsUndefined)
        {
            statement.BindNull(index);
        }
        else
        {
            statement.BindText(index, json.Utf8.Span);
        }
    }

    public static void BindTime(this SqliteStatement statement, int index, DateTimeOffset? time) =>
        statement.BindTextOrNull(index, time is { } value ? WireTime.Format(value) : null);

    public static string? GetTextOrNull(this SqliteStatement statement, int column) => statement.IsNull(column) ? null : statement.GetText(column);

    public static RawJson GetJson(this SqliteStatement statement, int column) =>
        statement.IsNull(column) ? default : RawJson.FromTrusted(statement.GetBytes(column).ToArray());

    public static DateTimeOffset? GetTime(this SqliteStatement statement, int column) =>
        statement.GetTextOrNull(column) is { } text && WireTime.TryParse(text, out var time) ? time : null;

    /// <summary>Reads a row of <see cref="SqliteSchema.Columns"/>.</summary>
    public static StoredDocument ReadDocument(this SqliteStatement row) => new(
        new ReplicaDocument
        {
            Key = new IdentityId(row.GetText(0), row.GetTextOrNull(1)),
            Version = row.GetInt64(2),
            ETag = row.GetTextOrNull(3),
            Tags = row.GetJson(4),
            Desired = row.GetJson(5),
            Reported = row.GetJson(6),
            IsDeleted = row.GetInt64(7) != 0,
            LastOperation = row.GetText(8),
            LastOperationTime = row.GetTime(9) ?? throw new InvalidDataException($"The document of {row.GetText(0)} has no time of its last operation."),
            GenerationId = row.GetTextOrNull(10),
            Since = row.GetTime(11),
        },
        Token(row.GetInt64(12)));

    public static string Token(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    public static long Revision(string? token) => token is null ? 0 : long.Parse(token, CultureInfo.InvariantCulture);
}
