namespace Nave.Hub.Queries.Tests;

public sealed class QueryErrorTests
{
    public static TheoryData<string, int, string, string> Errors => new()
    {
        { "", 0, "", "Expected SELECT at position 0, found the end of the text." },
        { "SELEC * FROM devices", 0, "SELEC", "Expected SELECT at position 0, found 'SELEC'." },
        { "SELECT FROM devices", 7, "FROM", "Expected '*', a path or an aggregate after 'SELECT' at position 7, found 'FROM'." },
        { "SELECT * devices", 9, "devices", "Expected FROM after '*' at position 9, found 'devices'." },
        { "SELECT a b FROM devices", 9, "b", "Expected ',', AS or FROM after the column at position 9, found 'b'." },
        { "SELECT * FROM", 13, "", "Expected devices, devices.modules or devices.jobs after FROM at position 13, found the end of the text." },
        { "SELECT * FROM device", 14, "device", "There is no collection 'device' (position 14); after FROM stands devices, devices.modules or devices.jobs." },
        { "SELECT * FROM devices.twins", 14, "devices.twins", "There is no collection 'devices.twins' (position 14); after FROM stands devices, devices.modules or devices.jobs." },
        { "SELECT * FROM devices WHERE status = AND tags.x = 1", 37, "AND", "Expected a value after '=' at position 37, found 'AND'." },
        { "SELECT * FROM devices WHERE", 27, "", "Expected a value after 'WHERE' at position 27, found the end of the text." },
        { "SELECT * FROM devices WHERE a = 1 b", 34, "b", "Expected AND, OR, GROUP BY or the end of the query at position 34, found 'b'." },
        { "SELECT * FROM devices WHERE a = 1 ORDER BY a", 34, "ORDER", "Expected AND, OR, GROUP BY or the end of the query at position 34, found 'ORDER'. ORDER is not part of this language." },
        { "SELECT * FROM devices ORDER BY a", 22, "ORDER", "Expected WHERE, GROUP BY or the end of the query at position 22, found 'ORDER'. ORDER is not part of this language." },
        { "SELECT * FROM devices WHERE a == 1", 30, "==", "'==' is no operator; equality is written '='. (Position 30.)" },
        { "SELECT * FROM devices WHERE a = 1 && b = 2", 34, "&&", "'&&' is no operator; write AND. (Position 34.)" },
        { "SELECT * FROM devices WHERE a = 'x", 32, "'x", "The string that begins with ' is not closed. (Position 32.)" },
        { @"SELECT * FROM devices WHERE a = 'C:\x'", 35, @"\x", @"A '\' in a string is followed by ', "", \ or u and four hexadecimal digits. (Position 35.)" },
        { @"SELECT * FROM devices WHERE a = '\ud800'", 32, @"'\ud800'", "The string holds half a surrogate pair, which is no character. (Position 32.)" },
        { "SELECT * FROM devices WHERE a = 12ab", 32, "12ab", "'12ab' is neither a number nor a name. (Position 32.)" },
        { "SELECT * FROM devices WHERE a = 1e999", 32, "1e999", "The number is larger than 1.7976931348623157E+308. (Position 32.)" },
        { "SELECT * FROM devices WHERE a = b = c", 34, "=", "A comparison cannot be compared again, as '=' would do here; write AND, or parentheses." },
        { "SELECT * FROM devices WHERE (a = 1", 34, "", "Expected an operator or ')' at position 34, found the end of the text." },
        { "SELECT * FROM devices WHERE a IN 'x'", 33, "'x'", "Expected a list such as ['a', 'b'] after IN at position 33, found ''x''." },
        { "SELECT * FROM devices WHERE a IN ['x' 'y']", 38, "'y'", "Expected ',' or ']' in the list after IN at position 38, found ''y''." },
        { "SELECT * FROM devices WHERE a NIN [b]", 35, "b", "Expected a string, a number, true, false, null or undefined as an element of the list at position 35, found 'b'." },
        { "SELECT * FROM devices WHERE a IN []", 34, "]", "Expected a string, a number, true, false, null or undefined as an element of the list at position 34, found ']'." },
        { "SELECT * FROM devices WHERE tags. = 1", 34, "=", "Expected a name after '.' at position 34, found '='." },
        { "SELECT * FROM devices WHERE tags.[[a = 1", 33, "[[a = 1", "The name that begins with '[[' is not closed with ']]'. (Position 33.)" },
        { "SELECT * FROM devices WHERE tags[-1] = 1", 33, "-", "Expected a whole number from 0 to 2147483647 after '[' at position 33, found '-'." },
        { "SELECT * FROM devices WHERE IS_DEFIND(a)", 28, "IS_DEFIND", "There is no function 'IS_DEFIND' (position 28). Did you mean IS_DEFINED?" },
        { "SELECT * FROM devices WHERE IS_DEFINED()", 28, "IS_DEFINED", "IS_DEFINED at position 28 takes one argument, found 0." },
        { "SELECT * FROM devices WHERE starts_with(a)", 28, "starts_with", "STARTS_WITH at position 28 takes two arguments, found 1." },
        { "SELECT * FROM devices WHERE SUBSTRING(a, 1, 2, 3) = 'x'", 28, "SUBSTRING", "SUBSTRING at position 28 takes two or three arguments, found 4." },
        { "SELECT * FROM devices WHERE COUNT() > 1", 28, "COUNT", "COUNT at position 28 is an aggregate; aggregates stand in SELECT only." },
        { "SELECT TOP 0 * FROM devices", 11, "0", "Expected a whole number from 1 to 2147483647 after TOP at position 11, found '0'." },
        { "SELECT LOWER(a) FROM devices", 7, "LOWER", "SELECT takes paths and the aggregates COUNT, SUM, AVG, MIN and MAX, found 'LOWER' at position 7. Other functions stand in WHERE only." },
        { "SELECT AVG() FROM devices", 11, ")", "Expected a path as the argument of AVG at position 11, found ')'." },
        { "SELECT deviceId, COUNT() FROM devices", 7, "deviceId", "'deviceId' at position 7 must stand in GROUP BY, because the query combines rows." },
        { "SELECT tags.a.x, tags.b.x FROM devices", 17, "tags", "Two columns are called 'x' (position 17); give one another name with AS." },
        { "SELECT * FROM devices GROUP BY status", 0, "", "SELECT * cannot stand with GROUP BY; name the grouped paths and aggregates." },
        { "SELECT deviceId FROM devices.jobs", 7, "deviceId", "Over devices.jobs only SELECT * is permitted." },
        { "SELECT COUNT() FROM devices.jobs", 7, "COUNT", "Over devices.jobs only SELECT * is permitted." },
        { "SELECT * FROM devices.jobs WHERE devices.tags.x = 1", 33, "devices", "'devices.tags.x' at position 33 is not in the rows of devices.jobs; they cannot be joined with other collections." },
        { "SELECT * FROM devices WHERE a = 1;", 33, ";", "';' is not part of a query. (Position 33.)" },
        { "SELECT * FROM devices GROUP status", 28, "status", "Expected BY at position 28, found 'status'." },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void An_error_names_the_place_and_what_is_there(string query, int position, string token, string message)
    {
        Assert.False(HubQuery.TryParse(query, out _, out var error));
        Assert.Equal(message, error.Message);
        Assert.Equal(position, error.Position);
        Assert.Equal(token, error.Token);
        Assert.Equal((1, position + 1), (error.Line, error.Column));
    }

    [Fact]
    public void An_error_on_a_later_line_has_its_line_and_column()
    {
        Assert.False(HubQuery.TryParse("SELECT *\nFROM devices\n  WHERE a = )", out _, out var error));
        Assert.Equal((3, 13, 34, ")"), (error.Line, error.Column, error.Position, error.Token));
    }

    [Fact]
    public void A_text_over_the_limit_is_refused_with_both_numbers()
    {
        var text = $"SELECT * FROM devices WHERE a = '{new string('x', QueryLimits.MaxTextLength)}'";
        Assert.False(HubQuery.TryParse(text, out _, out var error));
        Assert.Contains("8226", error.Message, StringComparison.Ordinal);
        Assert.Contains("8192", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("NOT ", "true", "")]
    [InlineData("- ", "a", "")]
    [InlineData("ABS(", "a", ")")]
    [InlineData("1 + ", "1", "")]
    [InlineData("", "1", " * 1")]
    [InlineData("a = 1 AND (a = 1 OR ", "a = 1", ")")]
    public void Nesting_is_bounded(string before, string inner, string after)
    {
        var text = string.Concat(Enumerable.Repeat(before, 350)) + inner + string.Concat(Enumerable.Repeat(after, 350));
        Assert.False(QueryParser.TryParseCondition(text, QuerySource.Devices, out _, out var error));
        Assert.Contains("nested more than 64 levels deep", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_conditions_is_flat_however_long()
    {
        var text = string.Join(" OR ", Enumerable.Range(0, 800).Select(i => $"a={i}"));
        Assert.True(QueryParser.TryParseCondition(text, QuerySource.Devices, out var condition, out _));
        Assert.Equal(2 + 1, condition.Where!.Depth);
    }
}
