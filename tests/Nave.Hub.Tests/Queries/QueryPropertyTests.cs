using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Nave.Hub.Queries.Tests;

public sealed class QueryPropertyTests
{
    private const int MaxTest = 1000;
    private static readonly QueryIndex s_index = new("deviceId", "", "tags.**", "status");

    [Fact]
    public void Printing_and_parsing_an_expression_gives_the_same_tree() => Check(
        QueryGenerators.Expressions.ToArbitrary(),
        expression =>
        {
            var text = QueryPrinter.Print(expression);
            Assert.True(QueryParser.TryParseCondition(text, QuerySource.Message, out var parsed, out var error), $"{error?.Message}\n{text}");
            Assert.True(expression == parsed.Where, $"{text}\nbecame\n{QueryPrinter.Print(parsed.Where!)}");
        });

    [Fact]
    public void Printing_and_parsing_a_query_gives_the_same_tree() => Check(
        QueryGenerators.Statements.ToArbitrary(),
        statement =>
        {
            var text = QueryPrinter.Print(statement);
            Assert.True(QueryParser.TryParse(text, out var parsed, out var error), $"{error?.Message}\n{text}");
            Assert.True(statement == parsed, $"{text}\nbecame\n{QueryPrinter.Print(parsed)}");
        });

    [Fact]
    public void The_engine_agrees_with_the_reference_on_random_conditions_and_documents()
    {
        var matching = 0;
        CheckSamples((where, text, root) =>
        {
            var expected = new ReferenceEvaluator(root).Matches(where);
            matching += expected ? 1 : 0;
            var compiled = new CompiledCondition(where);
            var row = new JsonRow(compiled.Paths);
            row.Load(new QueryDocument("k", Encoding.UTF8.GetBytes(text)));
            Assert.True(
                expected == compiled.Matches(row) && expected == compiled.Matches(new JsonElementRow(root)),
                $"Expected {expected} for\n{QueryPrinter.Print(where)}\n{text}");
        });
        Assert.True(matching > MaxTest, $"Only {matching} samples match: the generators miss what they should meet.");
    }

    [Fact]
    public void A_plan_leaves_out_no_document_that_matches_and_an_exact_one_adds_none()
    {
        var decided = 0;
        CheckSamples((where, text, root) =>
        {
            var matches = new ReferenceEvaluator(root).Matches(where);
            var plan = QueryPlan.For(where, s_index);
            var key = root.GetProperty("deviceId").GetString()!; // Every document has one.
            var terms = s_index.TermsOf(Encoding.UTF8.GetBytes(text));
            var found = plan.Keys?.Contains(key)
                ?? (key.StartsWith(plan.Prefix, StringComparison.Ordinal) && (plan.AnyOf is null || plan.AnyOf.Intersect(terms).Any()));
            decided += matches && (plan.Keys is not null || plan.AnyOf is not null) ? 1 : 0;
            Assert.True(
                plan.IsExact ? matches == found : found || !matches,
                $"{plan}: found {found}, matches {matches}\n{QueryPrinter.Print(where)}\n{text}");
        });
        Assert.True(decided > MaxTest / 25, $"Only {decided} samples match by key or term: the generators miss what they should meet.");
    }

    [Fact]
    public void Any_text_is_a_query_or_an_error() => Check(
        Texts().ToArbitrary(),
        text =>
        {
            if (!HubQuery.TryParse(text, out var query, out var error))
            {
                Assert.InRange(error.Position, 0, text.Length);
                Assert.NotEmpty(error.Message);
            }
            else
            {
                Assert.NotNull(query);
            }

            Assert.True(QueryParser.TryParseTarget(text, out _, out error) || error.Message.Length > 0);
            Assert.True(QueryParser.TryParseCondition(text, QuerySource.Message, out _, out error) || error.Message.Length > 0);
        });

    // Every condition meets a dozen documents, so that even a narrow one matches some.
    private static void CheckSamples(Action<Expression, string, JsonElement> property) => Check(
        (from condition in Gen.OneOf(QueryGenerators.Expressions, QueryGenerators.Conditions, QueryGenerators.Conditions)
         from documents in QueryGenerators.Documents.ListOf(12)
         select (Where: condition, Documents: documents)).ToArbitrary(),
        sample =>
        {
            foreach (var document in sample.Documents)
            {
                using var parsed = JsonDocument.Parse(document);
                property(sample.Where, document, parsed.RootElement);
            }
        });

    // Pieces of queries in no order get further into the parser than random characters do.
    private static Gen<string> Texts()
    {
        string[] pieces =
        [
            "SELECT", "*", " FROM ", "devices", ".modules", ".jobs", " WHERE ", " GROUP BY ", " AND ", " OR ", " NOT ", " IN ", "NIN", "[", "]", "[[",
            "]]", "(", ")", "'", "\"", "\\", "\\u00e9", "\\ud800", "\ud800", "tags", ".", "a", "-", "1", "0x", "1e", "9999999999999999999", "=", "<", ">",
            "!", ",", "TOP ", " AS ", "COUNT", "IS_DEFINED", "true", "null", "$body", "\0", "é", "𐍈", " ", "\n", "%", "/", "+", ";",
        ];
        return Gen.OneOf(
            Gen.Elements(pieces).ListOf().Select(string.Concat),
            Gen.Elements(pieces).ListOf(60).Select(parts => "SELECT * FROM devices WHERE " + string.Concat(parts)),
            QueryGenerators.Statements.SelectMany(statement =>
            {
                var text = QueryPrinter.Print(statement);
                return Gen.Choose(0, text.Length).SelectMany(at => Gen.Elements(pieces).Select(piece => text.Insert(at, piece)));
            }),
            ArbMap.Default.ArbFor<string?>().Generator.Select(text => text ?? ""));
    }

    private static void Check<T>(Arbitrary<T> samples, Action<T> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(MaxTest).WithStartSize(10).WithEndSize(50), Prop.ForAll(samples, property));
}
