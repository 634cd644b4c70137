using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Storage.Tests.Sqlite;

public sealed class SqliteScanQueryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(StateLimits.MaxScanTerms)]
    public void No_scan_sorts_or_reads_a_whole_table(int terms)
    {
        var path = _folder.File("state.db");
        SqliteFiles.CreateOrVerify(path);
        using var database = SqliteDatabase.Open(path, readOnly: false);
        SqliteSchema.Create(database);
        foreach (var query in new[] { SqliteScanQuery.Documents(terms), SqliteScanQuery.Count(terms) })
        {
            using var plan = database.PrepareOnce("EXPLAIN QUERY PLAN " + query, "plan");
            var searches = 0;
            while (plan.Step())
            {
                var step = plan.GetText(3);
                Assert.DoesNotContain("TEMP B-TREE", step, StringComparison.Ordinal);
                Assert.False(step is "SCAN documents" or "SCAN terms" or "SCAN d", step);
                searches += step.Contains("SEARCH", StringComparison.Ordinal) ? 1 : 0;
            }

            Assert.True(searches >= Math.Max(1, terms), $"The plan has {searches} index searches.");
        }
    }
}
