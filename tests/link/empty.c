/* The main of the link tests: linking is the test. */
int
main(void)
{
	return 0;
}
